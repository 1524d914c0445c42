internal import ArgumentParser
internal import ImageQueueCore

/// A second pass at a larger size.
struct HiresOptions: ParsableArguments {
    private static let usual = HiresFix()

    @Flag(name: .customLong("hires"), help: "Draw a second pass at a larger size; each --hires-… implies it.")
    var isWanted = false

    @Option(
        name: .customLong("hires-scale"),
        parsing: .unconditional,
        help: "How many times larger, 1 to 4; by default 2."
    )
    var scale: Double?

    @Option(
        name: .customLong("hires-upscaler"),
        help: "What enlarges, by the name that Forge lists; by default Latent."
    )
    var upscaler: String?

    @Option(
        name: .customLong("hires-steps"),
        parsing: .unconditional,
        help: "Steps of the second pass, 0 to 150; by default 0: as the first."
    )
    var steps: Int?

    @Option(
        name: .customLong("hires-denoising"),
        parsing: .unconditional,
        help: "How much it may change, 0 to 1; by default 0.7."
    )
    var denoising: Double?

    /// The second pass; `nil` if none is wanted.
    var hires: HiresFix? {
        guard isWanted || scale != nil || upscaler != nil || steps != nil || denoising != nil else { return nil }
        var hires = Self.usual
        hires.scale = scale ?? hires.scale
        hires.upscaler = upscaler ?? hires.upscaler
        hires.steps = steps ?? hires.steps
        hires.denoising = denoising ?? hires.denoising
        return hires
    }
}
