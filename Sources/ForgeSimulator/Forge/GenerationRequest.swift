/// A checked body of txt2img or img2img, and what Forge makes of its values.
struct GenerationRequest: Sendable {
    enum Kind: String, Sendable {
        case txt2img, img2img
    }

    let kind: Kind
    let fields: JSONObject

    var path: String { "/sdapi/v1/\(kind.rawValue)" }

    /// The id that the client asked for; an empty one counts as none.
    var forcedTaskID: String? {
        guard let id = text("force_task_id"), !id.isEmpty else { return nil }
        return id
    }

    func text(_ name: String) -> String? { fields[name]?.stringValue }
    func number(_ name: String) -> Double? { fields[name]?.finiteValue }
    func flag(_ name: String) -> Bool { fields[name]?.boolValue ?? false }

    func int(_ name: String) -> Int? { fields[name]?.boundedInt }

    var prompt: String { text("prompt") ?? "" }
    var negativePrompt: String { text("negative_prompt") ?? "" }
    var iterations: Int { int("n_iter") ?? 1 }
    var batchSize: Int { int("batch_size") ?? 1 }
    var steps: Int { int("steps") ?? 0 }
    var askedWidth: Int { int("width") ?? 0 }
    var askedHeight: Int { int("height") ?? 0 }
    var isHires: Bool { kind == .txt2img && flag("enable_hr") }
    var overrides: JSONObject { fields["override_settings"]?.objectValue ?? [:] }

    /// Whether a grid is put before the pictures: Forge does so when they are saved and more than one.
    var wantsGrid: Bool { flag("save_images") }

    /// Pixels of the pictures of the first pass: latents have an eighth of the size, rounded down.
    var baseSize: PNG.Size { PNG.Size(width: askedWidth / 8 * 8, height: askedHeight / 8 * 8) }

    /// Pixels of the finished pictures.
    var finalSize: PNG.Size {
        guard isHires else { return baseSize }
        let resizeX = int("hr_resize_x") ?? 0
        let resizeY = int("hr_resize_y") ?? 0
        if resizeX <= 0, resizeY <= 0 {
            let scale = min(max(number("hr_scale") ?? 2, 0.01), 64)
            return PNG.Size(
                width: Int(Double(askedWidth) * scale) / 8 * 8,
                height: Int(Double(askedHeight) * scale) / 8 * 8
            )
        }
        let ratio = Double(askedWidth) / Double(max(1, askedHeight))
        let width = resizeX > 0 ? resizeX : Int(Double(resizeY) * ratio)
        let height = resizeY > 0 ? resizeY : Int(Double(resizeX) / ratio)
        return PNG.Size(width: width / 8 * 8, height: height / 8 * 8)
    }

    /// Sampling steps of each pass of one iteration.
    var passes: [Int] {
        guard kind == .txt2img else {
            // img2img starts in the middle of the noise (`setup_img2img_steps`).
            return [Int(min(max(number("denoising_strength") ?? 0.75, 0), 0.999) * Double(steps)) + 1]
        }
        guard isHires else { return [steps] }
        let second = int("hr_second_pass_steps") ?? 0
        return [steps, second > 0 ? second : steps]
    }
}
