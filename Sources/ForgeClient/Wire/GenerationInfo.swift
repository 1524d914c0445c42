internal import Foundation

/// What Forge says of the pictures it made: the JSON inside the string `info` (FORGE.md, section 3).
///
/// Everything in it is a remark about pictures that are there anyway, so no field is required.
struct GenerationInfo: Decodable, Sendable, Equatable {
    var seed: LenientNumber?
    var allSeeds: [LenientNumber]
    var samplerName: String?
    var modelName: String?
    var modelHash: String?
    /// Images before this one are grids.
    var indexOfFirstImage: Int
    var infotexts: [String]
    /// Names the job in `/sdapi/v1/progress`: `yyyyMMddHHmmss`, the server's local time.
    var jobTimestamp: String?

    private enum Key: String, CodingKey {
        case seed
        case allSeeds = "all_seeds"
        case samplerName = "sampler_name"
        case modelName = "sd_model_name"
        case modelHash = "sd_model_hash"
        case indexOfFirstImage = "index_of_first_image"
        case infotexts
        case jobTimestamp = "job_timestamp"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        seed = fields.lenient(LenientNumber.self, .seed)
        allSeeds = fields.lenient([LenientNumber].self, .allSeeds) ?? []
        samplerName = fields.lenient(String.self, .samplerName)
        modelName = fields.lenient(String.self, .modelName)
        modelHash = fields.lenient(String.self, .modelHash)
        indexOfFirstImage = max(0, fields.lenient(LenientNumber.self, .indexOfFirstImage)?.int ?? 0)
        infotexts = fields.lenient([String].self, .infotexts) ?? []
        jobTimestamp = fields.lenient(String.self, .jobTimestamp)
    }

    /// The seed of the first picture, where it is one.
    var firstSeed: UInt64? { (allSeeds.first ?? seed)?.seed }

    /// The value of a `Name: value` pair on an infotext's last line.
    static func parameter(_ name: String, in infotext: String) -> String? {
        guard let line = infotext.split(separator: "\n").last,
            let start = (", " + line).range(of: ", \(name): ")?.upperBound
        else { return nil }
        let value = (", " + line)[start...].prefix { $0 != "," }
        return value.trimmingCharacters(in: .whitespaces)
    }
}
