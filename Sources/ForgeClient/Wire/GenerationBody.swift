internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore

extension DrawingTask {
    /// The endpoint that makes what it asks for.
    var endpoint: ForgeRequest.Endpoint {
        switch request {
        case .textToImage: .textToImage
        case .imageToImage: .imageToImage
        case .upscale: .upscale
        }
    }

    /// Whether Forge knows it by its id: tells its progress, and can be told to stop it alone.
    var hasTaskID: Bool { endpoint != .upscale }

    /// The body of the request to its endpoint.
    ///
    /// - Throws: `GenerationError` of class `rejected_input` where a picture that it starts from is missing.
    func body() throws -> Data {
        // Pictures to start from may be many megabytes.
        if !inputs.isEmpty { assertOwnThread() }
        return switch request {
        case .textToImage(let request): try Self.json(TextToImageBody(task: self, request: request))
        case .imageToImage(let request): try Self.json(ImageToImageBody(task: self, request: request))
        case .upscale(let request): try Self.json(UpscaleBody(task: self, request: request))
        }
    }

    static func json(_ body: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        // A slash is a digit of base64.
        encoder.outputFormatting = .withoutEscapingSlashes
        return try encoder.encode(body)
    }
}
