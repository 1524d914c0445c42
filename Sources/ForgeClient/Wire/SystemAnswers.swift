/// An entry of `GET /sdapi/v1/sd-models`. `title` changes once the file was hashed; the name does not (FORGE.md, section 5).
struct ModelEntry: Decodable, Sendable, Equatable {
    var name: String

    private enum CodingKeys: String, CodingKey { case name = "model_name" }
}

/// What is of use in `GET /sdapi/v1/options`.
struct OptionsAnswer: Decodable, Sendable, Equatable {
    var checkpoint: String?

    private enum CodingKeys: String, CodingKey { case checkpoint = "sd_model_checkpoint" }
}

/// What is of use in `GET /internal/sysinfo`: no endpoint of `/sdapi` tells the version.
struct SystemAnswer: Decodable, Sendable, Equatable {
    var version: String?

    private enum CodingKeys: String, CodingKey { case version = "Version" }
}
