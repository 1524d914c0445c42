/// A second pass at a larger size over what the first has drawn ("hires fix"): detail that one pass at that size would
/// not get right.
public struct HiresFix: Sendable, Hashable {
    /// How many times larger the picture gets, 1 to 4. No side may get longer than 8192 pixels.
    public var scale = 2.0
    /// What enlarges the first pass's picture, by the name that the backend lists: 1 to 255 bytes.
    public var upscaler = "Latent"
    /// Sampling steps of the second pass, 0 to 150; 0 for as many as the first has.
    public var steps = 0
    /// How much the second pass may change, 0 (nothing) to 1.
    public var denoising = 0.7

    /// A second pass with the defaults.
    public init() {}

    /// The longest side of a finished picture, in pixels.
    static let longestSide = 8192

    /// A side of the finished picture: latents have an eighth of the size, rounded down. Whatever stands in the
    /// request: what is far too long stays so, and is refused.
    func scaled(_ side: Int) -> Int { Int(Double(side).clamped(to: 0...1e9) * scale.clamped(to: 0...4)) / 8 * 8 }

    func validate(width: Int, height: Int) throws {
        try FieldRule.range("hires.scale", scale, 1...4)
        try FieldRule.text("hires.upscaler", upscaler, bytes: 1...255)
        try FieldRule.range("hires.steps", steps, 0...150)
        try FieldRule.range("hires.denoising", denoising, 0...1)
        let longest = max(scaled(width), scaled(height))
        guard longest <= Self.longestSide else {
            throw FieldRule.refusal(
                "hires.scale",
                "makes a side of \(longest) pixels, and \(Self.longestSide) is the most"
            )
        }
    }
}

extension HiresFix: Codable {
    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes every field.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        scale = try fields.number("scale") ?? scale
        upscaler = try fields.string("upscaler") ?? upscaler
        steps = try fields.int("steps") ?? steps
        denoising = try fields.number("denoising") ?? denoising
    }

    var stored: Metadata {
        [
            "scale": .stored(scale), "upscaler": .string(upscaler), "steps": .stored(steps),
            "denoising": .stored(denoising),
        ]
    }
}
