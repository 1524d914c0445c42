internal import ImageQueueCore

/// The body of `POST /sdapi/v1/extra-single-image` (FORGE.md, section 11). It can carry no task id.
struct UpscaleBody: Encodable, Sendable, Equatable {
    var task: DrawingTask
    var request: UpscaleRequest
    /// Another upscaler than the one that is asked for.
    var substitute: String?

    private enum Key: String, CodingKey {
        case image
        case resizeMode = "resize_mode"
        case scale = "upscaling_resize"
        case upscaler = "upscaler_1"
    }

    /// - Throws: `GenerationError` of class `rejected_input` where the picture is missing.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(task.base64(of: request.image), forKey: .image)
        try fields.encode(0, forKey: .resizeMode)
        try fields.encode(request.scale, forKey: .scale)
        try fields.encode(substitute ?? request.upscaler, forKey: .upscaler)
    }
}
