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
    func file(format: PictureFormat = .png, padding: [UInt8] = []) -> [UInt8] {
        format == .png ? png(padding: padding) : jpeg()
    }
}
