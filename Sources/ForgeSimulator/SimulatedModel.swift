/// A checkpoint that the simulator pretends to have.
public struct SimulatedModel: Sendable, Hashable {
    /// Forge's `model_name`: the file without its extension.
    public var name: String
    /// The ten hex digits that Forge shows once the file was loaded.
    public var hash: String
    /// Whether loading it fails, and by that spoils the model loaded before (FORGE.md, section 4).
    public var isBroken: Bool

    /// Describes a checkpoint.
    /// - Parameters:
    ///   - name: the file without its extension.
    ///   - hash: ten hex digits; made from the name by default.
    ///   - isBroken: whether loading it fails.
    public init(name: String, hash: String? = nil, isBroken: Bool = false) {
        self.name = name
        self.hash = hash ?? Self.digits(of: name, count: 10)
        self.isBroken = isBroken
    }

    /// The two checkpoints of the recordings.
    public static let recorded = [
        SimulatedModel(name: "random-a", hash: "deca4e7b6a"), SimulatedModel(name: "random-b", hash: "4fb2370fd9"),
    ]

    var fileName: String { "\(name).safetensors" }
    var title: String { "\(fileName) [\(hash)]" }
    var path: String { "/srv/forge/models/Stable-diffusion/\(fileName)" }
    var sha256: String { hash + Self.digits(of: name + hash, count: 64 - hash.count) }

    private static func digits(of text: String, count: Int) -> String {
        let seed = text.utf8.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
        var generator = SplitMix64(seed: seed)
        let digits = Array("0123456789abcdef")
        return String((0..<max(0, count)).map { _ in digits[Int(generator.next() % 16)] })
    }
}
