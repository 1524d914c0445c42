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
