/// A picture that a request starts from, as the request names it: its bytes are kept elsewhere (see ``InputFile``).
public struct InputImage: Sendable, Hashable {
    /// The SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    public var sha256: String
    /// The format by its own bytes.
    public var format: ImageFormat
    /// Pixels across, by its own bytes.
    public var width: Int
    /// Pixels down, by its own bytes.
    public var height: Int
    /// Its length in bytes.
    public var byteCount: Int

    /// Names a picture. Whoever has its bytes takes ``InputFile/image``.
    public init(sha256: String, format: ImageFormat, width: Int, height: Int, byteCount: Int) {
        self.sha256 = sha256
        self.format = format
        self.width = width
        self.height = height
        self.byteCount = byteCount
    }
}

extension InputImage: Codable {
    /// Reads the stored form.
    ///
    /// - Throws: `DecodingError` if a field is missing or has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        self.init(
            sha256: try fields.required("sha256", fields.string),
            format: try fields.required("format") { try fields.word($0) },
            width: try fields.required("width", fields.int),
            height: try fields.required("height", fields.int),
            byteCount: try fields.required("byte_count", fields.int)
        )
    }

    var stored: Metadata {
        [
            "sha256": .string(sha256), "format": .string(format.rawValue), "width": .stored(width),
            "height": .stored(height), "byte_count": .stored(byteCount),
        ]
    }
}
