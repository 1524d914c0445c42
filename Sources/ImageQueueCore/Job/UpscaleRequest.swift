/// What to make larger, and how.
public struct UpscaleRequest: Sendable, Hashable {
    /// The picture.
    public var image: InputImage
    /// How many times longer each side gets: above 1, to 8. No side may get longer than 16384 pixels.
    public var scale = 2.0
    /// What enlarges it, by the name that the backend lists: 1 to 255 bytes.
    public var upscaler = "R-ESRGAN 4x+"
    /// The stored picture whose bytes these are; the result is its child. `nil` for a picture from elsewhere.
    public var parent: ImageParent?
    /// The words that messages, events and lists quote, such as the prompt that the picture was drawn from: at most
    /// 64 KiB of UTF-8, without NUL. Nothing is drawn from it.
    public var caption = ""
    /// Whether a result that is not as asked (another size, an upscaler that lacks its weights) fails the job, as
    /// `not_as_asked`, instead of being kept with a warning.
    public var isStrict = false

    /// A request with the defaults for everything but the picture.
    public init(image: InputImage) {
        self.image = image
    }

    /// The longest side of a result, in pixels.
    public static let longestSide = 16_384

    /// Pixels of the result: the backend rounds each side down to a multiple of 8.
    public var finishedSize: (width: Int, height: Int) {
        func scaled(_ side: Int) -> Int {
            // Whatever stands in the request: what is far too long stays so, and is refused.
            Int(Double(side).clamped(to: 0...1e9) * scale.clamped(to: 0...8)) / 8 * 8
        }
        return (scaled(image.width), scaled(image.height))
    }

    /// Checks every field against its range.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request`; the message names the field and its range.
    public func validate() throws {
        guard scale > 1, scale <= 8 else {
            throw FieldRule.refusal("scale", "must be above 1 and at most 8, not \(scale)")
        }
        try FieldRule.text("upscaler", upscaler, bytes: 1...255)
        try FieldRule.text("caption", caption, bytes: 0...65_536)
        let size = finishedSize
        guard max(size.width, size.height) <= Self.longestSide else {
            throw FieldRule.refusal(
                "scale",
                "makes a picture of \(size.width) × \(size.height), and \(Self.longestSide) is the longest side"
            )
        }
        guard min(size.width, size.height) >= 8 else {
            throw FieldRule.refusal("scale", "makes a picture with a side of less than 8 pixels")
        }
    }
}

extension UpscaleRequest: Codable {
    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the canonical form: fields that have their defaults are left out.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        self.init(image: try InputImage(stored: fields.required("image", fields.object)))
        scale = try fields.number("scale") ?? scale
        upscaler = try fields.string("upscaler") ?? upscaler
        parent = try fields.object("parent").map { try ImageParent(stored: $0) }
        caption = try fields.string("caption") ?? caption
        isStrict = try fields.bool("strict") ?? isStrict
    }

    var stored: Metadata {
        let usual = UpscaleRequest(image: image)
        var fields: Metadata = ["image": .object(image.stored)]
        fields.put("scale", scale, unless: usual.scale) { .stored($0) }
        fields.put("upscaler", upscaler, unless: usual.upscaler) { .string($0) }
        fields["parent"] = parent.map { .object($0.stored) }
        fields.put("caption", caption, unless: usual.caption) { .string($0) }
        fields.put("strict", isStrict, unless: usual.isStrict) { .bool($0) }
        return fields
    }
}
