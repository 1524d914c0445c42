/// The body of a 200 to `/sdapi/v1/extra-single-image`.
struct UpscaleAnswer: Decodable, Sendable, Equatable {
    /// Base64, plain or as a data URL.
    var image: String
}
