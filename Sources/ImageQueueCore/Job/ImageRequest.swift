/// What a job is to make: one of a closed set of kinds.
public enum ImageRequest: Sendable, Hashable {
    /// Pictures from words.
    case textToImage(TextToImageRequest)
    /// Pictures from words and a picture.
    case imageToImage(ImageToImageRequest)
    /// One picture, made larger.
    case upscale(UpscaleRequest)

    /// The word for each kind in the stored form and in JSON.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// Pictures from words.
        case textToImage = "text_to_image"
        /// Pictures from words and a picture.
        case imageToImage = "image_to_image"
        /// One picture, made larger.
        case upscale
    }

    /// Which kind it is.
    public var kind: Kind {
        switch self {
        case .textToImage: .textToImage
        case .imageToImage: .imageToImage
        case .upscale: .upscale
        }
    }

    /// What is drawn by words, for the kinds that draw; `nil` for an upscale.
    ///
    /// Setting it changes the kinds that draw, and nothing else.
    public var drawing: TextToImageRequest? {
        get {
            switch self {
            case .textToImage(let request): request
            case .imageToImage(let request): request.drawing
            case .upscale: nil
            }
        }
        set {
            switch (self, newValue) {
            case (.textToImage, let drawing?):
                self = .textToImage(drawing)
            case (.imageToImage(var request), let drawing?):
                request.drawing = drawing
                self = .imageToImage(request)
            case (.upscale, _), (_, nil):
                break
            }
        }
    }

    /// The words that messages, events and lists quote: the prompt, or what an upscale's caption says.
    public var prompt: String {
        switch self {
        case .textToImage(let request): request.prompt
        case .imageToImage(let request): request.drawing.prompt
        case .upscale(let request): request.caption
        }
    }

    /// The checkpoint it names; `nil` where any will do.
    public var model: String? { drawing?.model }

    /// How many pictures it makes.
    public var pictureCount: Int { drawing?.pictureCount ?? 1 }

    /// Whether a picture that is not as asked fails the job.
    public var isStrict: Bool {
        switch self {
        case .textToImage(let request): request.isStrict
        case .imageToImage(let request): request.drawing.isStrict
        case .upscale(let request): request.isStrict
        }
    }

    /// The pictures that it starts from. Its submission brings their bytes.
    public var inputs: [InputImage] {
        switch self {
        case .textToImage: []
        case .imageToImage(let request): [request.image] + (request.mask.map { [$0.image] } ?? [])
        case .upscale(let request): [request.image]
        }
    }

    /// The stored picture that its result is made of; `nil` where there is none.
    public var parent: ImageParent? {
        if case .upscale(let request) = self { request.parent } else { nil }
    }

    /// Checks every field against its range.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request`; the message names the field and its range.
    public func validate() throws {
        switch self {
        case .textToImage(let request): try request.validate()
        case .imageToImage(let request): try request.validate()
        case .upscale(let request): try request.validate()
        }
    }

    /// The same request with seeds of −1 that count replaced by random ones, so that a retry draws the same picture.
    public func resolvingSeed(using generator: inout some RandomNumberGenerator) -> ImageRequest {
        var resolved = self
        resolved.drawing = drawing?.resolvingSeed(using: &generator)
        return resolved
    }
}

extension ImageRequest: Codable {
    /// Reads the stored form: the kind's own fields beside `kind`.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type, or if the kind is not known.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the canonical form: fields that have their defaults are left out, so that equal requests look equal.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    /// Reads the stored form.
    package init(stored fields: Metadata) throws { try self.init(stored: StoredFields(fields)) }

    private init(stored fields: StoredFields) throws {
        let name = try fields.required("kind", fields.string)
        switch Kind(rawValue: name) {
        case .textToImage: self = .textToImage(try TextToImageRequest(stored: fields))
        case .imageToImage: self = .imageToImage(try ImageToImageRequest(stored: fields))
        case .upscale: self = .upscale(try UpscaleRequest(stored: fields))
        case nil:
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: [],
                    debugDescription: "This is a request of kind \(name), made by a newer version."
                )
            )
        }
    }

    /// The stored form.
    package var stored: Metadata {
        var fields =
            switch self {
            case .textToImage(let request): request.stored
            case .imageToImage(let request): request.stored
            case .upscale(let request): request.stored
            }
        fields["kind"] = .string(kind.rawValue)
        return fields
    }
}
