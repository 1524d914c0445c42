/// What to draw from words over a picture: all of it, or where a mask lets it.
public struct ImageToImageRequest: Sendable, Hashable {
    /// The words, the size of the result, and how it is drawn. A second pass (``TextToImageRequest/hires``) is refused.
    public var drawing: TextToImageRequest
    /// The picture to start from.
    public var image: InputImage
    /// Where to draw; `nil` for everywhere.
    public var mask: ImageMask?
    /// How much may change, 0 (nothing) to 1 (everything).
    public var denoisingStrength = 0.75
    /// How the picture is brought to the size of the result, where it has another.
    public var fit = ImageFit.stretch

    /// A request with the defaults for everything but the words and the picture.
    public init(drawing: TextToImageRequest, image: InputImage) {
        self.drawing = drawing
        self.image = image
    }

    /// The size nearest to a picture's own that can be drawn: multiples of 8 from 64 to 4096, rounded down.
    public static func size(like image: InputImage) -> (width: Int, height: Int) {
        func side(_ pixels: Int) -> Int { min(max(pixels / 8 * 8, 64), 4096) }
        return (side(image.width), side(image.height))
    }

    /// Checks every field against its range.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request`; the message names the field and its range.
    public func validate() throws {
        try drawing.validate()
        guard drawing.hires == nil else {
            throw FieldRule.refusal("hires", "is for drawing from words alone; upscale the result instead")
        }
        try FieldRule.range("denoising_strength", denoisingStrength, 0...1)
        try mask?.validate(over: image)
    }
}

/// How a picture is brought to another size.
public enum ImageFit: String, Sendable, Hashable, CaseIterable, Codable {
    /// Every part of it is kept; a picture of another shape is distorted.
    case stretch
    /// It fills the result; what juts out is cut off.
    case crop
    /// All of it is seen; the rest is filled with its edges' colours.
    case pad
}

extension ImageToImageRequest: Codable {
    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the canonical form: the drawing's fields beside its own, without those that have their defaults.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        self.init(
            drawing: try TextToImageRequest(stored: fields),
            image: try InputImage(stored: fields.required("image", fields.object))
        )
        mask = try fields.object("mask").map { try ImageMask(stored: $0) }
        denoisingStrength = try fields.number("denoising_strength") ?? denoisingStrength
        fit = try fields.word("fit") ?? fit
    }

    var stored: Metadata {
        let usual = ImageToImageRequest(drawing: drawing, image: image)
        var fields = drawing.stored
        fields["image"] = .object(image.stored)
        fields["mask"] = mask.map { .object($0.stored) }
        fields.put("denoising_strength", denoisingStrength, unless: usual.denoisingStrength) { .stored($0) }
        fields.put("fit", fit, unless: usual.fit) { .string($0.rawValue) }
        return fields
    }
}
