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
    private enum Key: String, CodingKey {
        case image, blur, fill
        case isInverted = "inverted"
        case drawsMaskedPartOnly = "masked_part_only"
        case padding
    }

    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(try fields.decode(InputImage.self, forKey: .image))
        blur = try fields.decodeIfPresent(Int.self, forKey: .blur) ?? blur
        fill = try fields.decodeIfPresent(Fill.self, forKey: .fill) ?? fill
        isInverted = try fields.decodeIfPresent(Bool.self, forKey: .isInverted) ?? isInverted
        drawsMaskedPartOnly = try fields.decodeIfPresent(Bool.self, forKey: .drawsMaskedPartOnly) ?? drawsMaskedPartOnly
        padding = try fields.decodeIfPresent(Int.self, forKey: .padding) ?? padding
    }

    /// Writes the canonical form: fields that have their defaults are left out, so that equal masks look equal.
    public func encode(to encoder: any Encoder) throws {
        let usual = ImageMask(image)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(image, forKey: .image)
        if blur != usual.blur { try fields.encode(blur, forKey: .blur) }
        if fill != usual.fill { try fields.encode(fill, forKey: .fill) }
        if isInverted != usual.isInverted { try fields.encode(isInverted, forKey: .isInverted) }
        if drawsMaskedPartOnly != usual.drawsMaskedPartOnly {
            try fields.encode(drawsMaskedPartOnly, forKey: .drawsMaskedPartOnly)
        }
        if padding != usual.padding { try fields.encode(padding, forKey: .padding) }
    }
}
