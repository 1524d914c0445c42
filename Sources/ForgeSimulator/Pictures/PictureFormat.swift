import Foundation

/// The file formats that the simulator can write; Forge also knows WebP.
enum PictureFormat: Sendable {
    case png, jpeg

    /// Reads Forge's option `samples_format`.
    init?(option: String) {
        switch option {
        case "png": self = .png
        case "jpg", "jpeg": self = .jpeg
        default: return nil
        }
    }
}

extension Placeholder {
    /// The file as Forge sends it: plain base64.
    func base64(format: PictureFormat = .png, padding: [UInt8] = []) -> String {
        let file = format == .png ? png(padding: padding) : jpeg()
        return Data(file).base64EncodedString()
    }
}
