internal import Foundation

/// An entry of `GET /sdapi/v1/sd-models`. `title` changes once the file was hashed; the name does not (FORGE.md,
/// section 4).
struct ModelEntry: Decodable, Sendable, Equatable {
    var name: String
    /// The file's place below the folder of checkpoints, behind it “ [hash]” once the file was hashed.
    var title: String
    var hash: String?
    var sha256: String?

    private enum Key: String, CodingKey {
        case title, hash, sha256
        case name = "model_name"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.decode(String.self, forKey: .name)
        title = fields.lenient(String.self, .title) ?? name
        hash = fields.lenient(String.self, .hash)
        sha256 = fields.lenient(String.self, .sha256)
    }

    /// Whether Forge takes this text for this checkpoint: it compares them as they are.
    func accepts(_ text: String) -> Bool {
        let file = title.hasSuffix("]") ? title.range(of: " [").map { String(title[..<$0.lowerBound]) } : title
        return [name, title, file, hash, sha256].contains(text) || file?.hasSuffix("/" + text) == true
    }
}

/// An entry of `GET /sdapi/v1/samplers`, of `schedulers`, of `upscalers` or of `latent-upscale-modes`.
struct NameEntry: Decodable, Sendable, Equatable {
    /// What is sent and shown.
    var name: String
    /// What else it is called: a scheduler's label, old names.
    var others: [String]
    /// Where an upscaler's weights are: a file, or the address that they would be fetched from;
    /// `nil` where it needs none.
    var modelPath: String?

    private enum Key: String, CodingKey {
        case name, label, aliases
        case modelPath = "model_path"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let name = try fields.decode(String.self, forKey: .name)
        let aliases = fields.lenient([String].self, .aliases) ?? []
        let label = fields.lenient(String.self, .label)
        // Forge writes the label into its pictures, and takes it as well as the name.
        self.name = label ?? name
        others = (label == nil ? [] : [name]) + aliases
        modelPath = fields.lenient(String.self, .modelPath)
    }

    var all: [String] { [name] + others }
}

/// A list whose entries are taken where they can be read.
struct LenientList<Entry: Decodable & Sendable>: Decodable, Sendable {
    var entries: [Entry]

    private struct Attempt: Decodable {
        var entry: Entry?

        init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
    }

    init(from decoder: any Decoder) throws {
        entries = try decoder.singleValueContainer().decode([Attempt].self).compactMap(\.entry)
    }
}
