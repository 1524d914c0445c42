/// Where a picture is drawn anew: where the mask is white.
public struct ImageMask: Sendable, Hashable {
    /// The mask: a picture of the same size as the one it covers. White is drawn anew, black is kept.
    public var image: InputImage
    /// How far its edges are softened, in pixels: 0 to 64.
    public var blur = 4
    /// What the drawing starts from under the mask.
    public var fill = Fill.original
    /// Whether black is drawn anew and white is kept.
    public var isInverted = false
    /// Whether the masked part is drawn at the full size of the result and put back into the picture: more detail for
    /// something small. ``padding`` says how much around it is seen with it.
    public var drawsMaskedPartOnly = false
    /// How much around the masked part is seen with it, in pixels: 0 to 256. Counts only with ``drawsMaskedPartOnly``.
    public var padding = 32

    /// A mask with the defaults for everything but its picture.
    public init(_ image: InputImage) {
        self.image = image
    }

    /// What a drawing starts from under a mask.
    public enum Fill: String, Sendable, Hashable, CaseIterable, Codable {
        /// The colours around.
        case surroundings
        /// What is there.
        case original
        /// Noise.
        case noise
        /// Nothing.
        case nothing
    }

    func validate(over picture: InputImage) throws {
        guard (image.width, image.height) == (picture.width, picture.height) else {
            throw FieldRule.refusal(
                "mask",
                "must have the size of the picture it covers, \(picture.width) × \(picture.height), "
                    + "not \(image.width) × \(image.height)"
            )
        }
        try FieldRule.range("mask.blur", blur, 0...64)
        try FieldRule.range("mask.padding", padding, 0...256)
    }
}

extension ImageMask: Codable {
    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the canonical form: fields that have their defaults are left out.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        self.init(try InputImage(stored: fields.required("image", fields.object)))
        blur = try fields.int("blur") ?? blur
        fill = try fields.word("fill") ?? fill
        isInverted = try fields.bool("inverted") ?? isInverted
        drawsMaskedPartOnly = try fields.bool("masked_part_only") ?? drawsMaskedPartOnly
        padding = try fields.int("padding") ?? padding
    }

    var stored: Metadata {
        let usual = ImageMask(image)
        var fields: Metadata = ["image": .object(image.stored)]
        fields.put("blur", blur, unless: usual.blur) { .stored($0) }
        fields.put("fill", fill, unless: usual.fill) { .string($0.rawValue) }
        fields.put("inverted", isInverted, unless: usual.isInverted) { .bool($0) }
        fields.put("masked_part_only", drawsMaskedPartOnly, unless: usual.drawsMaskedPartOnly) { .bool($0) }
        fields.put("padding", padding, unless: usual.padding) { .stored($0) }
        return fields
    }
}
