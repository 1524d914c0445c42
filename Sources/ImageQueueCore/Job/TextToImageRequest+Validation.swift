extension TextToImageRequest {
    /// Checks every field against its range.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request`; the message names the field and its range.
    public func validate() throws {
        try FieldRule.text("prompt", prompt, bytes: 1...65_536)
        guard prompt.contains(where: { !$0.isWhitespace }) else {
            throw FieldRule.refusal("prompt", "must say something; it is only white space")
        }
        try FieldRule.text("negative_prompt", negativePrompt, bytes: 0...65_536)
        try FieldRule.size("width", width)
        try FieldRule.size("height", height)
        try FieldRule.range("steps", steps, 1...150)
        try FieldRule.range("cfg_scale", cfgScale, 0...30)
        try FieldRule.range("distilled_cfg_scale", distilledCFGScale, 0...30)
        try FieldRule.text("sampler", sampler, bytes: 1...255)
        try FieldRule.text("scheduler", scheduler, bytes: 1...255)
        try FieldRule.seed("seed", seed)
        try FieldRule.seed("subseed", subseed)
        try FieldRule.range("subseed_strength", subseedStrength, 0...1)
        guard subseed == -1 || subseedStrength > 0 else {
            throw FieldRule.refusal("subseed", "counts only with a subseed_strength above 0")
        }
        try FieldRule.range("count", pictureCount, 1...16)
        if let model { try FieldRule.text("model", model, bytes: 1...255) }
        guard styles.count <= 32 else {
            throw FieldRule.refusal("styles", "may name at most 32 styles, not \(styles.count)")
        }
        for style in styles { try FieldRule.text("styles", style, bytes: 1...255) }
        try hires?.validate(width: width, height: height)
        try extras.validate()
    }
}
