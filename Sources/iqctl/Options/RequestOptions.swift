internal import ArgumentParser
internal import ImageQueueCore

/// What to draw. The ranges are the library's: it names the field that is out of its range.
struct RequestOptions: ParsableArguments {
    private static let usual = TextToImageRequest(prompt: "")

    @Argument(help: "What the picture is to show; words are joined by spaces, - reads standard input.")
    var prompt: [String]

    @Option(parsing: .unconditional, help: "What the picture must not show.")
    var negativePrompt = usual.negativePrompt

    @Option(
        parsing: .unconditional,
        help: "Pixels across, a multiple of 8 from 64 to 4096; by default 1024, or as the init image."
    )
    var width: Int?

    @Option(
        parsing: .unconditional,
        help: "Pixels down, a multiple of 8 from 64 to 4096; by default 1024, or as the init image."
    )
    var height: Int?

    @Option(parsing: .unconditional, help: "Sampling steps, 1 to 150.")
    var steps = usual.steps

    @Option(parsing: .unconditional, help: "How strongly the prompt binds, 0 to 30; Flux wants 1.")
    var cfgScale = usual.cfgScale

    @Option(parsing: .unconditional, help: "Flux's own guidance, 0 to 30.")
    var distilledCfgScale = usual.distilledCFGScale

    @Option(help: "The sampler, by the name that Forge lists.")
    var sampler = usual.sampler

    @Option(help: "The noise schedule, by the name that Forge lists.")
    var scheduler = usual.scheduler

    @Option(parsing: .unconditional, help: "The first picture's seed, 0 to 4294967295; -1 chooses one.")
    var seed = usual.seed

    @Option(
        parsing: .unconditional,
        help: "A seed to lean towards, 0 to 4294967295; by default -1 chooses one. Needs --subseed-strength."
    )
    var subseed = usual.subseed

    @Option(
        parsing: .unconditional,
        help: "How far to lean towards the subseed, 0 to 1; the pictures then share the seed, not the subseed."
    )
    var subseedStrength = usual.subseedStrength

    @Option(parsing: .unconditional, help: "How many pictures, 1 to 16; by default 1.")
    var count: Int?

    @Option(
        defaultAsFlag: 4,
        parsing: .next,
        help: ArgumentHelp(
            "So many variations, 1 to 16, with the seed and those after it.",
            discussion: "Without a number 4; a number right behind it is always that, never a part of the prompt.",
            valueName: "number"
        )
    )
    var variations: Int?

    @Option(help: "The checkpoint, by the name that Forge lists; by default the loaded one.")
    var model: String?

    @Option(name: .customLong("style"), help: "A style saved in Forge; may be repeated.")
    var styles: [String] = []

    @Flag(
        help:
            "Fail where Forge draws otherwise than asked (sampler, schedule, checkpoint, size …), instead of a warning."
    )
    var strict = false

    @Option(
        name: .customLong("extra"),
        help: ArgumentHelp(
            "A seldom used field, one of \(RequestExtras.names.joined(separator: ", ")); may be repeated.",
            valueName: "name=value"
        )
    )
    var extras: [String] = []

    @OptionGroup var hires: HiresOptions
    @OptionGroup var source: InitImageOptions

    func validate() throws {
        if count != nil && variations != nil {
            throw ValidationError("--count and --variations both say how many pictures: give one of them.")
        }
        do {
            _ = try requestExtras()
        } catch let error as QueueError {
            throw ValidationError(error.message)
        }
    }

    private func requestExtras() throws -> RequestExtras {
        var result = RequestExtras()
        for text in extras {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--extra wants NAME=VALUE, not “\(text)”.") }
            try result.set(parts[0], to: parts[1])
        }
        return result
    }

    /// The request and the pictures that it starts from. Reads standard input if the prompt is `-`.
    func submission() throws -> Submission {
        guard let image = try source.imageFile() else { return Submission(request: try drawing(like: nil)) }
        let mask = try source.maskFile()
        let request = source.request(try drawing(like: image.image), image: image.image, mask: mask?.image)
        let inputs = [image] + (mask.map { $0 == image ? [] : [$0] } ?? [])
        return Submission(request: .imageToImage(request), inputs: inputs)
    }

    private func drawing(like image: InputImage?) throws -> TextToImageRequest {
        let isPiped = prompt == ["-"]
        let text = isPiped ? try StandardInput.text(field: "prompt", limit: 65_536) : prompt.joined(separator: " ")
        var request = TextToImageRequest(prompt: text)
        request.negativePrompt = negativePrompt
        if let image { (request.width, request.height) = ImageToImageRequest.size(like: image) }
        request.width = width ?? request.width
        request.height = height ?? request.height
        request.steps = steps
        request.cfgScale = cfgScale
        request.distilledCFGScale = distilledCfgScale
        request.sampler = sampler
        request.scheduler = scheduler
        request.seed = seed
        request.subseed = subseed
        request.subseedStrength = subseedStrength
        request.pictureCount = count ?? variations ?? request.pictureCount
        request.model = model
        request.styles = styles
        request.hires = hires.hires
        request.extras = try requestExtras()
        request.isStrict = strict
        return request
    }
}
