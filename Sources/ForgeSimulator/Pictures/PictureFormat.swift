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
    func file(format: PictureFormat = .png, padding: Padding? = nil) -> PictureFile {
        format == .png ? PictureFile(bytes: png(), padding: padding) : PictureFile(bytes: jpeg())
    }
}
