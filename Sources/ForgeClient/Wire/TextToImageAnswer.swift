internal import Foundation

/// The body of a 200 to `/sdapi/v1/txt2img`.
struct TextToImageAnswer: Decodable, Sendable, Equatable {
    /// Base64, plain or as a data URL.
    var images: [String]
    /// `nil` where it can't be read.
    var info: GenerationInfo?

    private enum Key: String, CodingKey {
        case images, info
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        images = try fields.decode([String].self, forKey: .images)
        if let text = fields.lenient(String.self, .info) {
            info = try? JSONDecoder().decode(GenerationInfo.self, from: Data(text.utf8))
        } else {
            info = fields.lenient(GenerationInfo.self, .info)
        }
    }

    /// The pictures, without grids.
    var pictures: ArraySlice<String> { images.dropFirst(info?.indexOfFirstImage ?? 0) }
}
