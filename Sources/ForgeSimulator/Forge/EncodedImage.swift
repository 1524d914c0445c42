internal import Foundation

/// An image in a request: base64, or a data URI.
struct EncodedImage: Sendable {
    enum Failure: Error {
        case invalid
        case localResource

        var response: HTTPResponse {
            switch self {
            case .invalid: .detail(500, "Invalid encoded image")
            case .localResource: .detail(500, "Request to local resource not allowed")
            }
        }
    }

    let bytes: [UInt8]
    /// Pixels, where the format is one whose header is understood (PNG); others count as 512 by 512.
    let size: PNG.Size

    static func decode(_ text: String) -> Result<EncodedImage, Failure> {
        if text.hasPrefix("http://") || text.hasPrefix("https://") { return .failure(.localResource) }
        var base64 = Substring(text)
        if text.hasPrefix("data:image/") {
            guard let comma = text.firstIndex(of: ",") else { return .failure(.invalid) }
            base64 = text[text.index(after: comma)...]
        }
        guard let data = Data(base64Encoded: String(base64)), !data.isEmpty else { return .failure(.invalid) }
        let bytes = [UInt8](data)
        if let size = PNG.size(of: bytes) { return .success(EncodedImage(bytes: bytes, size: size)) }
        let starts: [[UInt8]] = [[0xFF, 0xD8, 0xFF], Array("GIF8".utf8), Array("RIFF".utf8), Array("BM".utf8)]
        guard starts.contains(where: { bytes.starts(with: $0) }) else { return .failure(.invalid) }
        return .success(EncodedImage(bytes: bytes, size: PNG.Size(width: 512, height: 512)))
    }
}
