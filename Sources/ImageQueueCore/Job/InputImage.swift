/// A picture that a request starts from, as the request names it: its bytes are kept elsewhere (see ``InputFile``).
public struct InputImage: Sendable, Hashable, Codable {
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

    private enum CodingKeys: String, CodingKey {
        case sha256, format, width, height
        case byteCount = "byte_count"
    }
}
