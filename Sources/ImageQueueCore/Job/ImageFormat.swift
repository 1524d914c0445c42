/// The format of a picture, told by its first bytes and never by what somebody says of it.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable, Codable {
    /// Portable Network Graphics, ISO/IEC 15948.
    case png
    /// JPEG.
    case jpeg
    /// WebP.
    case webp

    /// Reads the signature: PNG's eight bytes, JPEG's `FF D8 FF`, or WebP's `RIFF….WEBP`.
    ///
    /// Answers `nil` for anything else.
    public init?(signatureOf bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(12))
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.count == 12, head.starts(with: Array("RIFF".utf8)), head[8...] == Array("WEBP".utf8)[...] {
            self = .webp
        } else {
            return nil
        }
    }

    /// The extension of a file of this format, without a dot.
    public var fileExtension: String {
        switch self {
        case .png: "png"
        case .jpeg: "jpg"
        case .webp: "webp"
        }
    }
}
