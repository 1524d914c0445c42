internal import Foundation
internal import ImageQueueConcurrency
public import ImageQueueCore
public import Logging

/// Draws on a Stable Diffusion WebUI Forge over its HTTP API.
///
/// One picture at a time: a second `draw` waits for the first. The HTTP answer of the generation call is the only truth
/// about its outcome; progress is a hint beside it.
///
/// A `draw` that was given up, or whose connection broke, leaves its request with Forge, which goes on drawing. The
/// next `draw` sees to that first: it interrupts the unwanted task where that can hit no other, and waits until Forge
/// no longer has it.
public final class ForgeGenerator: ImageGenerator {
    /// The backend: the normalised base URL.
    public var backend: BackendID { configuration.backend }
    /// Whether others than this queue draw on it too, as it was configured.
    public var isShared: Bool { configuration.exclusivity == .shared }

    /// Which drawings it can stop in the middle: no upscale, which Forge shows under no id; and on a shared Forge that
    /// shows none at all (`--nowebui`, known once it was asked about a drawing) none.
    public var interruptibleKinds: Set<ImageRequest.Kind> {
        isShared && !hasTaskIDs.withLock(\.self) ? [] : [.textToImage, .imageToImage]
    }

    let configuration: ForgeConfiguration
    let generation: any ForgeTransport
    let control: ControlClient
    let gate = Gate()
    let names: NameBook
    let startUp: StartUpWatch
    /// Whether Forge can tell tasks apart, as it last showed.
    let hasTaskIDs = Lock(true)
    /// The last questions about progress.
    let lastRound = Lock<LastRound?>(nil)
    /// Checkpoints that could not be loaded.
    let brokenModels = Lock<Set<String>>([])
    /// What is known of upscalers' weights, by name.
    let weights = Lock<[String: Weights]>([:])
    let time: Timekeeper
    let logger: Logger
    private let requests: OpenRequests

    /// A generator for a backend. Opens no connection.
    ///
    /// - Parameters:
    ///   - configuration: Where Forge is and how it is used.
    ///   - logger: Where it logs, at info and below: never prompts, pictures or passwords.
    public convenience init(
        configuration: ForgeConfiguration = ForgeConfiguration(),
        logger: Logger = Logger(label: "imagequeue.forge")
    ) {
        let authorization = configuration.credentials?.header
        let transport = AlternatingTransport(
            URLSessionTransport(address: configuration.address, authorization: authorization),
            URLSessionTransport(address: configuration.address, authorization: authorization)
        )
        self.init(configuration: configuration, generation: transport, control: transport, logger: logger)
    }

    init(
        configuration: ForgeConfiguration,
        generation: any ForgeTransport,
        control: any ForgeTransport,
        logger: Logger = Logger(label: "imagequeue.forge")
    ) {
        var logger = logger
        logger[metadataKey: "forge.backend"] = "\(configuration.backend)"
        let metrics = ForgeMetrics()
        let time = Timekeeper(configuration.clock)
        let startUp = StartUpWatch(time: time, settleTime: configuration.settleTime)
        let requests = OpenRequests()
        self.requests = requests
        func watched(_ transport: any ForgeTransport) -> any ForgeTransport {
            let observed = ObservedTransport(
                base: transport,
                logger: logger,
                metrics: metrics,
                requests: requests
            )
            return WatchedTransport(base: observed, watch: startUp)
        }
        let client = ControlClient(
            transport: watched(control),
            address: configuration.address,
            timeout: configuration.controlTimeout,
            interruptLifetime: configuration.generationTimeout
        )
        self.configuration = configuration
        self.logger = logger
        self.generation = watched(generation)
        self.control = client
        self.time = time
        self.startUp = startUp
        names = NameBook(time: time) { try await client.knownNames() }
    }

    /// How many requests have left and not ended, and how many of them nobody waits for any more.
    package var openRequests: (all: Int, leftOver: Int) {
        let count = requests.count
        return (count.open, count.leftOver)
    }

    /// Asks whether Forge can draw now, by a look at its progress,
    /// and for the names that it knows if that was long ago.
    ///
    /// - Throws: `GenerationError` of class `unavailable` (refused, no route), `notReady` (starting, or started only just
    ///   now), `unauthorized`, `timedOut`, `connectionLost` or `malformedAnswer` (something else answers);
    ///   `CancellationError`.
    public func checkHealth() async throws {
        _ = try await control.serverProgress()
        try await awaitNoStartUp()
        try await renewNames()
    }
}
