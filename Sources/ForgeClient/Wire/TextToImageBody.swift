internal import ImageQueueCore

/// The body of `POST /sdapi/v1/txt2img`.
struct TextToImageBody: Encodable, Sendable, Equatable {
    var task: DrawingTask
    var request: TextToImageRequest

    private enum Key: String, CodingKey {
        case enableHighResolution = "enable_hr"
        case highResolutionScale = "hr_scale"
        case highResolutionUpscaler = "hr_upscaler"
        case secondPassSteps = "hr_second_pass_steps"
        case denoisingStrength = "denoising_strength"
        case highResolutionCFG = "hr_cfg"
        case highResolutionDistilledCFG = "hr_distilled_cfg"
        case additionalModules = "hr_additional_modules"
    }

    func encode(to encoder: any Encoder) throws {
        try DrawingFields(task: task, request: request).encode(to: encoder)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(request.hires != nil, forKey: .enableHighResolution)
        if let hires = request.hires {
            try fields.encode(hires.scale, forKey: .highResolutionScale)
            try fields.encode(hires.upscaler, forKey: .highResolutionUpscaler)
            try fields.encode(hires.steps, forKey: .secondPassSteps)
            try fields.encode(hires.denoising, forKey: .denoisingStrength)
            try fields.encode(request.cfgScale, forKey: .highResolutionCFG)
            try fields.encode(request.distilledCFGScale, forKey: .highResolutionDistilledCFG)
            // Without it Forge fails after the first pass (FORGE.md, section 3).
            try fields.encode([String](), forKey: .additionalModules)
        }
    }
}
