internal import Foundation
internal import ImageQueueCore

/// The body of `POST /sdapi/v1/img2img` (FORGE.md, section 10).
struct ImageToImageBody: Encodable, Sendable, Equatable {
    var task: DrawingTask
    var request: ImageToImageRequest

    private enum Key: String, CodingKey {
        case images = "init_images"
        case denoisingStrength = "denoising_strength"
        case resizeMode = "resize_mode"
        case includesImages = "include_init_images"
        case mask
        case maskBlur = "mask_blur"
        case fill = "inpainting_fill"
        case drawsMaskedPartOnly = "inpaint_full_res"
        case padding = "inpaint_full_res_padding"
        case invertsMask = "inpainting_mask_invert"
    }

    /// - Throws: `GenerationError` of class `rejected_input` where a picture is missing: Forge would keep the id of a
    ///   task that it can't read in its queue for ever (FORGE.md, section 6).
    func encode(to encoder: any Encoder) throws {
        try DrawingFields(task: task, request: request.drawing).encode(to: encoder)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode([task.base64(of: request.image)], forKey: .images)
        try fields.encode(request.denoisingStrength, forKey: .denoisingStrength)
        try fields.encode(request.fit.resizeMode, forKey: .resizeMode)
        // Else the answer echoes what was sent.
        try fields.encode(false, forKey: .includesImages)
        guard let mask = request.mask else { return }
        try fields.encode(task.base64(of: mask.image), forKey: .mask)
        try fields.encode(mask.blur, forKey: .maskBlur)
        try fields.encode(mask.fill.number, forKey: .fill)
        try fields.encode(mask.drawsMaskedPartOnly, forKey: .drawsMaskedPartOnly)
        try fields.encode(mask.padding, forKey: .padding)
        try fields.encode(mask.isInverted ? 1 : 0, forKey: .invertsMask)
    }
}

extension DrawingTask {
    /// A picture that it starts from: plain base64, which Forge takes as well as a data URL.
    ///
    /// - Throws: `GenerationError` of class `rejected_input` where the picture was not brought.
    func base64(of image: InputImage) throws -> String {
        guard let file = inputs.first(where: { $0.image == image }) else {
            throw GenerationError(.rejectedInput, message: "The picture that the job starts from is not there.")
        }
        return file.bytes.base64EncodedString()
    }
}

extension ImageFit {
    /// Forge's number: 0 just resize, 1 crop and resize, 2 resize and fill.
    fileprivate var resizeMode: Int {
        switch self {
        case .stretch: 0
        case .crop: 1
        case .pad: 2
        }
    }
}

extension ImageMask.Fill {
    /// Forge's number.
    fileprivate var number: Int {
        switch self {
        case .surroundings: 0
        case .original: 1
        case .noise: 2
        case .nothing: 3
        }
    }
}
