/// A checkpoint that the simulator pretends to have.
public struct SimulatedModel: Sendable, Hashable {
    /// Forge's `model_name`: the file without its extension.
    public var name: String
    /// The ten hex digits that Forge shows once the file was loaded.
    public var hash: String
    /// The 64 hex digits of its SHA-256, which begin with ``hash``.
    public var sha256: String
    /// Whether loading it fails, and by that spoils the model loaded before (FORGE.md, section 4).
    public var isBroken: Bool

    /// Describes a checkpoint.
    /// - Parameters:
    ///   - name: the file without its extension.
    ///   - hash: ten hex digits; made from the name by default.
    ///   - sha256: 64 hex digits that begin with `hash`; made from both by default.
    ///   - isBroken: whether loading it fails.
    public init(name: String, hash: String? = nil, sha256: String? = nil, isBroken: Bool = false) {
        self.name = name
        let hash = hash ?? sha256.map { String($0.prefix(10)) } ?? Self.digits(of: name, count: 10)
        self.hash = hash
        self.sha256 = sha256 ?? hash + Self.digits(of: name + hash, count: 64 - hash.count)
        self.isBroken = isBroken
    }

    /// The two checkpoints of the recordings.
    public static let recorded = [
        SimulatedModel(
            name: "random-a",
            sha256: "deca4e7b6af70b9a0e6d56f8e717561fa7a6e52bb33c390ca25e6ad3b99685b5"
        ),
        SimulatedModel(
            name: "random-b",
            sha256: "4fb2370fd99227df579b6d9df8ccab0571d16a6ced1eb15d3b369f8d79280636"
        ),
    ]

    var fileName: String { "\(name).safetensors" }
    var title: String { "\(fileName) [\(hash)]" }
    var path: String { "/srv/forge/models/Stable-diffusion/\(fileName)" }

    private static func digits(of text: String, count: Int) -> String {
        let seed = text.utf8.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
        var generator = SplitMix64(seed: seed)
        let digits = Array("0123456789abcdef")
        return String((0..<max(0, count)).map { _ in digits[Int(generator.next() % 16)] })
    }
}
