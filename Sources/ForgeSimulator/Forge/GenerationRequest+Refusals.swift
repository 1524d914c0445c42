/// What Forge stumbles over, in the order in which it comes to it. Most mistakes of clients are 500s there.
extension GenerationRequest {
    private static let knownScripts: Set<String> = {
        guard let lists = RecordedData.scripts.objectValue else { return [] }
        return Set(lists.members.flatMap { $0.value.arrayValue ?? [] }.compactMap(\.stringValue))
    }()

    /// Found in the handler, before the task is queued.
    func refusalBeforeQueue() -> HTTPResponse? {
        if kind == .img2img {
            guard fields["init_images"]?.arrayValue != nil else { return .detail(404, "Init image not found") }
            if let mask = text("mask"), !mask.isEmpty, case .failure(let error) = EncodedImage.decode(mask) {
                return error.response
            }
        }
        if text("infotext") != nil {
            return .exception(
                ForgeException("TypeError", "isinstance() argument 2 cannot be a parameterized generic")
            )
        }
        let scripts = (text("script_name").map { [$0] } ?? []) + (fields["alwayson_scripts"]?.objectValue?.keys ?? [])
        if let unknown = scripts.first(where: { !$0.isEmpty && !Self.knownScripts.contains($0.lowercased()) }) {
            return .detail(422, "Script '\(unknown)' not found")
        }
        return nil
    }

    /// Found with the lock held but before the task counts as started: such a task is queued for ever.
    func refusalBeforeStart() -> HTTPResponse? {
        guard kind == .img2img else { return nil }
        for image in fields["init_images"]?.arrayValue ?? [] {
            guard let text = image.stringValue else {
                return .exception(
                    ForgeException("AttributeError", "'NoneType' object has no attribute 'startswith'")
                )
            }
            if case .failure(let error) = EncodedImage.decode(text) { return error.response }
        }
        return nil
    }

    /// Found in the set-up of the job, after the model is loaded.
    func refusalOfSetUp() -> ForgeException? {
        if fields["prompt"]?.isNull ?? true { return ForgeException("AssertionError", "") }
        for name in ["steps", "width", "height", "cfg_scale", "batch_size", "n_iter"] where fields[name]?.isNull ?? true
        {
            return ForgeException("TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'")
        }
        if let seed = fields["seed"]?.intValue, seed >= 1 << 64 {
            return ForgeException("RuntimeError", "Overflow when unpacking long")
        }
        if batchSize < 1 || iterations < 1 { return ForgeException("IndexError", "list index out of range") }
        if steps == 0 { return ForgeException("ZeroDivisionError", "integer division or modulo by zero") }
        if kind == .img2img, fields["init_images"]?.arrayValue?.isEmpty ?? true {
            let message = "Dimension out of range (expected to be in range of [-1, 0], but got 1)"
            return ForgeException("IndexError", message)
        }
        return nil
    }

    /// Found by the sampler.
    func refusalOfSampling(pixelLimit: Int) -> ForgeException? {
        // It begins with a list of all prompts.
        let isTooMuch = iterations > 0 && batchSize > 0 && iterations * batchSize > 1_000_000
        if isTooMuch { return ForgeException("MemoryError", "") }
        // Python's division rounds down, also below zero.
        let width = Int((Double(askedWidth) / 8).rounded(.down))
        let height = Int((Double(askedHeight) / 8).rounded(.down))
        if let negative = [height, width].first(where: { $0 < 0 }) {
            let message = "Trying to create tensor with negative dimension \(negative): [4, \(height), \(width)]"
            return ForgeException("RuntimeError", message)
        }
        if steps < 0 { return ForgeException("RuntimeError", "number of steps must be non-negative") }
        if width == 0 || height == 0 {
            let message =
                "Calculated padded input size per channel: (\(height + 2) x \(width + 2)). "
                + "Kernel size: (3 x 3). Kernel size can't be greater than actual input size"
            return ForgeException("RuntimeError", message)
        }
        if width == 1, height == 1 {
            let message =
                "Given groups=1, weight of size [320, 4, 3, 3], expected input[2, 9, 1, 1] to have 4 channels, "
                + "but got 9 channels instead"
            return ForgeException("RuntimeError", message)
        }
        let pixels = [finalSize, baseSize].map { $0.width.multipliedReportingOverflow(by: $0.height) }
        if pixels.contains(where: { $0.overflow || $0.partialValue > pixelLimit }) {
            return .noMemory
        }
        return nil
    }

    /// The trap of hires without `hr_additional_modules`: the first pass runs, then it fails.
    func refusalAfterFirstPass() -> ForgeException? {
        guard isHires, fields["hr_additional_modules"]?.isNull ?? true else { return nil }
        return ForgeException("TypeError", "argument of type 'NoneType' is not iterable")
    }
}
