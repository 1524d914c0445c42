import ArgumentParser
import ImageQueueCore

/// What to draw. The ranges are the library's: it names the field that is out of its range.
struct RequestOptions: ParsableArguments {
    private static let usual = TextToImageRequest(prompt: "")

    @Argument(help: "What the picture is to show; words are joined by spaces, - reads standard input.")
    var prompt: [String]

    @Option(parsing: .unconditional, help: "What the picture must not show.")
    var negativePrompt = usual.negativePrompt

    @Option(help: "Pixels across, a multiple of 8 from 64 to 4096.")
    var width = usual.width

    @Option(help: "Pixels down, a multiple of 8 from 64 to 4096.")
    var height = usual.height

    @Option(help: "Sampling steps, 1 to 150.")
    var steps = usual.steps

    @Option(help: "How strongly the prompt binds, 0 to 30; Flux wants 1.")
    var cfgScale = usual.cfgScale

    @Option(help: "Flux's own guidance, 0 to 30.")
    var distilledCfgScale = usual.distilledCFGScale

    @Option(help: "The sampler, by the name that Forge lists.")
    var sampler = usual.sampler

    @Option(help: "The noise schedule, by the name that Forge lists.")
    var scheduler = usual.scheduler

    @Option(parsing: .unconditional, help: "The first picture's seed, 0 to 4294967295; -1 chooses one.")
    var seed = usual.seed

    @Option(help: "How many pictures, 1 to 16.")
    var count = usual.pictureCount

    @Option(help: "The checkpoint, by the name that Forge lists; by default the loaded one.")
    var model: String?

    @Option(name: .customLong("style"), help: "A style saved in Forge; may be repeated.")
    var styles: [String] = []

    /// The request. Reads standard input if the prompt is `-`.
    func request() throws -> TextToImageRequest {
        let isPiped = prompt == ["-"]
        let text = isPiped ? try StandardInput.text(field: "prompt", limit: 65_536) : prompt.joined(separator: " ")
        var request = TextToImageRequest(prompt: text)
        request.negativePrompt = negativePrompt
        request.width = width
        request.height = height
        request.steps = steps
        request.cfgScale = cfgScale
        request.distilledCFGScale = distilledCfgScale
        request.sampler = sampler
        request.scheduler = scheduler
        request.seed = seed
        request.pictureCount = count
        request.model = model
        request.styles = styles
        return request
    }
}
