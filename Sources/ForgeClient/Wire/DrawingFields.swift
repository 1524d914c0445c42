internal import ImageQueueCore

/// What the bodies of `txt2img` and `img2img` share: one picture, every field explicit, so that no default of the
/// server's decides.
struct DrawingFields: Encodable, Sendable, Equatable {
    var task: DrawingTask
    var request: TextToImageRequest

    private enum Key: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case styles, width, height, steps
        case cfgScale = "cfg_scale"
        case distilledCFGScale = "distilled_cfg_scale"
        case samplerName = "sampler_name"
        case scheduler, seed
        case subseed
        case subseedStrength = "subseed_strength"
        case batchSize = "batch_size"
        case iterations = "n_iter"
        case overrideSettings = "override_settings"
        case restoresSettings = "override_settings_restore_afterwards"
        case taskID = "force_task_id"
        case sendImages = "send_images"
        case saveImages = "save_images"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(request.prompt, forKey: .prompt)
        try fields.encode(request.negativePrompt, forKey: .negativePrompt)
        try fields.encode(request.styles, forKey: .styles)
        try fields.encode(request.width, forKey: .width)
        try fields.encode(request.height, forKey: .height)
        try fields.encode(request.steps, forKey: .steps)
        try fields.encode(request.cfgScale, forKey: .cfgScale)
        try fields.encode(request.distilledCFGScale, forKey: .distilledCFGScale)
        try fields.encode(request.sampler, forKey: .samplerName)
        try fields.encode(request.scheduler, forKey: .scheduler)
        try fields.encode(task.seed, forKey: .seed)
        try fields.encode(task.subseed.map(Int64.init) ?? -1, forKey: .subseed)
        try fields.encode(request.subseedStrength, forKey: .subseedStrength)
        try fields.encode(1, forKey: .batchSize)
        try fields.encode(1, forKey: .iterations)
        if let model = request.model {
            // Nothing else is ever forwarded here: one bad value breaks the server for all (FORGE.md, section 4).
            try fields.encode(["sd_model_checkpoint": model], forKey: .overrideSettings)
            try fields.encode(true, forKey: .restoresSettings)
        }
        // Their names are Forge's.
        try request.extras.encode(to: encoder)
        try fields.encode(task.id.description, forKey: .taskID)
        try fields.encode(true, forKey: .sendImages)
        try fields.encode(false, forKey: .saveImages)
    }
}
