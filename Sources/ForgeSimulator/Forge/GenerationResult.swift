/// What a generation has made when it gives the lock back: enough to draw and to describe its pictures.
struct GenerationResult: Sendable {
    struct Picture: Sendable {
        /// Which of the requested pictures it is, from 0.
        let index: Int
        let size: PNG.Size
        let stepsDone: Int
    }

    let request: GenerationRequest
    /// Whether Forge took the asked checkpoint for one it doesn't know; it then strikes it from the echo.
    let strikesCheckpoint: Bool
    let model: SimulatedModel
    let sampler: SamplerChoice
    let seed: Int128
    let subseed: Int128
    let jobTimestamp: String
    var pictures: [Picture] = []

    static let version = "f2.0.1v1.10.1-1.10.1"

    /// Forge adds up the seeds of a job one by one unless variations are asked for.
    func seed(of index: Int) -> Int128 {
        (request.number("subseed_strength") ?? 0) == 0 ? seed + Int128(index) : seed
    }

    /// What the picture leans towards; `nil` unless variations are asked for.
    private func variation(of index: Int) -> Int128? {
        (request.number("subseed_strength") ?? 0) == 0 ? nil : subseed + Int128(index)
    }

    private var extraParameters: JSONObject {
        var extra: JSONObject = [:]
        if sampler.schedulerIsExtra { extra["Schedule type"] = .string(sampler.scheduler) }
        if request.kind == .img2img {
            extra["Denoising strength"] = request.fields["denoising_strength"]
            if let mask = request.text("mask"), !mask.isEmpty {
                let fills = ["fill", "original", "latent noise", "latent nothing"]
                let fill = request.int("inpainting_fill") ?? 0
                extra["Mask blur"] = request.fields["mask_blur_x"]
                if request.flag("inpaint_full_res") {
                    extra["Inpaint area"] = "Only masked"
                    extra["Masked area padding"] = request.fields["inpaint_full_res_padding"]
                }
                extra["Masked content"] = .string(fills.indices.contains(fill) ? fills[fill] : fills[0])
            }
        }
        if request.isHires {
            extra["Denoising strength"] = request.fields["denoising_strength"]
            extra["Hires Module 1"] = request.fields["hr_additional_modules"]?.arrayValue?.first ?? "Built-in"
            for name in ["Hires prompt", "Hires negative prompt"] { extra[name] = .null }
            extra["Hires CFG Scale"] = request.fields["hr_cfg"]
            for name in ["Hires Distilled CFG Scale", "Hires schedule type"] { extra[name] = .null }
            extra["Hires upscale"] = request.fields["hr_scale"]
            if let steps = request.int("hr_second_pass_steps"), steps > 0 { extra["Hires steps"] = JSONValue(steps) }
            extra["Hires upscaler"] = request.fields["hr_upscaler"]
        }
        return extra
    }

    /// The text that Forge writes into a picture.
    func infotext(of index: Int) -> String {
        var text = request.prompt
        if !request.negativePrompt.isEmpty { text += "\nNegative prompt: \(request.negativePrompt)" }
        var parts = [
            "Steps: \(request.steps)", "Sampler: \(sampler.sampler)", "Schedule type: \(sampler.scheduler)",
            "CFG scale: \(request.number("cfg_scale") ?? 7)", "Seed: \(seed(of: index))",
            "Size: \(request.askedWidth)x\(request.askedHeight)", "Model hash: \(model.hash)", "Model: \(model.name)",
        ]
        for member in extraParameters.members where !member.value.isNull && member.key != "Schedule type" {
            parts.append("\(member.key): \(member.value.stringValue ?? JSONWriter.answer.string(member.value))")
        }
        if let variation = variation(of: index) {
            parts.append("Variation seed: \(variation)")
            parts.append("Variation seed strength: \(request.number("subseed_strength") ?? 0)")
        }
        parts.append("Version: \(Self.version)")
        return text + "\n" + parts.joined(separator: ", ")
    }

    /// Whether the first of the images is a grid of all.
    var hasGrid: Bool { request.wantsGrid && pictures.count > 1 }

    /// The `info` of the answer. Nothing in it tells that the job was cut short.
    var info: JSONValue {
        let asked = 0..<(request.iterations * request.batchSize)
        var texts = pictures.map { infotext(of: $0.index) }
        // Forge describes the first picture even if there is none, and the grid like the first.
        if texts.isEmpty || hasGrid { texts.insert(infotext(of: 0), at: 0) }
        let isImg2Img = request.kind == .img2img || request.isHires
        var info: JSONObject = [
            "prompt": .string(request.prompt),
            "all_prompts": .array(asked.map { _ in .string(request.prompt) }),
            "negative_prompt": .string(request.negativePrompt),
            "all_negative_prompts": .array(asked.map { _ in .string(request.negativePrompt) }),
            "seed": .int(seed),
            "all_seeds": .array(asked.map { .int(seed(of: $0)) }),
            "subseed": .int(subseed),
            "all_subseeds": .array(asked.map { .int(subseed + Int128($0)) }),
        ]
        for name in ["subseed_strength", "width", "height"] { info[name] = request.fields[name] ?? .null }
        info["sampler_name"] = .string(sampler.sampler)
        for name in ["cfg_scale", "steps", "batch_size"] { info[name] = request.fields[name] ?? .null }
        info["restore_faces"] = .bool(request.flag("restore_faces"))
        info["face_restoration_model"] = .null
        info["sd_model_name"] = .string(model.name)
        info["sd_model_hash"] = .string(model.hash)
        info["sd_vae_name"] = .null
        info["sd_vae_hash"] = .null
        for name in ["seed_resize_from_w", "seed_resize_from_h"] { info[name] = request.fields[name] ?? .null }
        info["denoising_strength"] = isImg2Img ? request.fields["denoising_strength"] ?? .null : .null
        info["extra_generation_params"] = .object(extraParameters)
        info["index_of_first_image"] = hasGrid ? 1 : 0
        info["infotexts"] = .array(texts.map { .string($0) })
        info["styles"] = request.fields["styles"]?.arrayValue.map { .array($0) } ?? []
        info["job_timestamp"] = .string(jobTimestamp)
        info["clip_skip"] = 1
        info["is_using_inpainting_conditioning"] = false
        info["version"] = .string(Self.version)
        return .object(info)
    }

    /// The pictures in the order of the answer.
    var placeholders: [Placeholder] {
        var all = pictures.map { picture in
            Placeholder(
                width: picture.size.width,
                height: picture.size.height,
                prompt: request.prompt,
                seed: seed(of: picture.index),
                variation: variation(of: picture.index),
                stepsDone: picture.stepsDone,
                stepsAsked: request.passes.reduce(0, +),
                parameters: infotext(of: picture.index)
            )
        }
        if hasGrid, let first = all.first {
            var grid = first
            let columns = Int(Double(all.count).squareRoot().rounded(.up))
            grid.width *= columns
            grid.height *= (all.count + columns - 1) / columns
            all.insert(grid, at: 0)
        }
        return all
    }

    /// The whole answer.
    func response(images: [PictureFile]) -> HTTPResponse {
        var parameters = request.fields
        if request.kind == .img2img, !request.flag("include_init_images") {
            parameters["init_images"] = .null
            parameters["mask"] = .null
        }
        if strikesCheckpoint {
            var overrides = request.overrides
            overrides.remove("sd_model_checkpoint")
            parameters["override_settings"] = .object(overrides)
        }
        return .json([
            "images": .array(images.map { .base64($0) }),
            "parameters": .object(parameters),
            "info": .string(JSONWriter.pythonDefault.string(info)),
        ])
    }
}
