/// A picture that is stored: its file is whole and on disk.
public struct GeneratedImage: Sendable, Hashable, Codable {
    /// Which of the job's pictures, from 0.
    public var number: Int
    /// The attempt that drew it.
    public var attempt: Int
    /// The file's place below the image directory, with `/` between: `2026/11/24/<job>-<attempt>-<number>.png`.
    public var path: String
    /// The format by the file's own bytes.
    public var format: ImageFormat
    /// Pixels across, by the file's own bytes.
    public var width: Int
    /// Pixels down, by the file's own bytes.
    public var height: Int
    /// The file's length in bytes.
    public var byteCount: Int
    /// The SHA-256 of the file, 64 lower-case hexadecimal digits.
    public var sha256: String
    /// The seed it was drawn with; `nil` where nothing was drawn. Forge's may exceed `Int64`.
    public var seed: UInt64?
    /// The prompt it was drawn from; of an upscale its caption.
    public var prompt: String
    /// The generation parameters as the backend wrote them down, where it did.
    public var infotext: String?
    /// What differs from what was asked, such as another sampler than the named one; a sentence each.
    public var warnings: [String]
    /// The stored picture that it was made of; `nil` where there is none.
    public var parent: ImageParent?

    /// A stored picture.
    public init(
        number: Int,
        attempt: Int,
        path: String,
        format: ImageFormat,
        width: Int,
        height: Int,
        byteCount: Int,
        sha256: String,
        seed: UInt64?,
        prompt: String,
        infotext: String? = nil,
        warnings: [String] = [],
        parent: ImageParent? = nil
    ) {
        self.number = number
        self.attempt = attempt
        self.path = path
        self.format = format
        self.width = width
        self.height = height
        self.byteCount = byteCount
        self.sha256 = sha256
        self.seed = seed
        self.prompt = prompt
        self.infotext = infotext
        self.warnings = warnings
        self.parent = parent
    }
}
