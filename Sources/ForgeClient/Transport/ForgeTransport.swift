internal import Foundation

/// Carries requests to a Forge: one in, a head and a body out.
///
/// A request that has left is never called back: a connection that closes stops nothing in Forge (FORGE.md,
/// section 9), and cancelling a `URLSessionTask` traps on Linux. Who no longer wants an answer abandons it.
protocol ForgeTransport: Sendable {
    /// Sends a request.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - onHead: Called at most once, with its status, as soon as the head of an answer is there, from a thread of
    ///     the transport's own. The body is handled once it returns.
    ///   - completion: Called exactly once, after `onHead`, from a thread of the transport's own, whether or not the
    ///     exchange was abandoned.
    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange
}

/// A request on its way.
protocol ForgeExchange: Sendable {
    /// Says that nobody waits for the answer any more. The exchange ends by itself; its body is not kept, so that an
    /// answer may be told without one.
    func abandon()

    /// How many bytes of the answer's body have come and are kept: none any more once it has ended or was abandoned.
    var received: Int { get }
}

/// A request to one of Forge's endpoints.
struct ForgeRequest: Sendable, Equatable {
    var endpoint: Endpoint
    var body: Data?
    /// How long no byte may come before the transport gives up.
    var timeout: Duration
    /// Whether the connection is to be closed afterwards.
    var closesConnection: Bool

    /// The endpoints in use; their words are dimensions of metrics.
    enum Endpoint: String, Sendable, CaseIterable {
        case textToImage = "txt2img"
        case imageToImage = "img2img"
        case upscale = "extra_single_image"
        case taskProgress = "task_progress"
        case progress
        case interrupt
        case models
        case samplers
        case schedulers
        case upscalers
        case latentUpscaleModes = "latent_upscale_modes"
        case options
        case system
        case unloadCheckpoint = "unload_checkpoint"

        /// Whether it asks for a picture: such a request must reach Forge once at most.
        var isGeneration: Bool {
            switch self {
            case .textToImage, .imageToImage, .upscale: true
            case .taskProgress, .progress, .interrupt, .models, .samplers, .schedulers, .upscalers, .latentUpscaleModes,
                .options, .system, .unloadCheckpoint:
                false
            }
        }

        var method: String {
            switch self {
            case .progress, .models, .samplers, .schedulers, .upscalers, .latentUpscaleModes, .options, .system: "GET"
            case .textToImage, .imageToImage, .upscale, .taskProgress, .interrupt, .unloadCheckpoint: "POST"
            }
        }

        /// Below the base URL, with the query.
        var path: String {
            switch self {
            case .textToImage: "/sdapi/v1/txt2img"
            case .imageToImage: "/sdapi/v1/img2img"
            case .upscale: "/sdapi/v1/extra-single-image"
            case .taskProgress: "/internal/progress"
            case .progress: "/sdapi/v1/progress?skip_current_image=true"
            case .interrupt: "/sdapi/v1/interrupt"
            case .models: "/sdapi/v1/sd-models"
            case .samplers: "/sdapi/v1/samplers"
            case .schedulers: "/sdapi/v1/schedulers"
            case .upscalers: "/sdapi/v1/upscalers"
            case .latentUpscaleModes: "/sdapi/v1/latent-upscale-modes"
            case .options: "/sdapi/v1/options"
            case .system: "/internal/sysinfo"
            case .unloadCheckpoint: "/sdapi/v1/unload-checkpoint"
            }
        }
    }
}

/// An answer as it came.
struct ForgeAnswer: Sendable, Equatable {
    var status: Int
    /// Where a redirection points to.
    var location: String?
    var body: Data

    /// Whether a proxy says so that it lost Forge, or waits for it no longer: Forge may go on with the request. 520 to
    /// 527 and 530 are Cloudflare's (<https://developers.cloudflare.com/support/troubleshooting/http-status-codes/>).
    static func isLossBehindProxy(_ status: Int) -> Bool {
        switch status {
        case 408, 502, 504, 520...527, 530: true
        default: false
        }
    }

    /// Whether a proxy says so that it finds nobody to pass a request on to:
    /// one that was on its way then is lost as well.
    static func isNobodyBehindProxy(_ status: Int) -> Bool { [502, 521, 523, 530].contains(status) }
}

/// Why there is no whole answer.
struct TransportError: Error, Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// No connection: the request never began.
        case cannotConnect = "refused"
        /// The connection broke, or what came is no HTTP: the request may have begun.
        case connectionLost = "lost"
        /// No answer in time: the request may have begun.
        case timedOut = "timeout"
        /// Longer than any picture.
        case tooLarge = "too_large"
    }

    var kind: Kind
    /// What the system said.
    var detail: String
}
