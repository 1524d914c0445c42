internal import Foundation
internal import ImageQueueCore

/// What differs between the picture that was asked for and the one that came: Forge takes something else in silence
/// for a sampler, scheduler or checkpoint that it does not know (FORGE.md, sections 3 and 4).
struct Differences: Sendable {
    var request: TextToImageRequest
    var info: GenerationInfo?
    var infotext: String?
    /// The seed that was sent, if one was.
    var seed: UInt32?
    var file: ImageInspection
    /// The names that Forge did not know before it drew.
    var unknown: [UnknownName] = []

    /// A sentence each, for people.
    var sentences: [String] {
        let said =
            info.map { info in
                [
                    samplerSentence(info), schedulerSentence(), modelSentence(info), seedSentence(info),
                    unknownSentence(.upscaler),
                ]
            }
            ?? ["Forge said nothing about how it drew this."]
        return said.compactMap(\.self) + sizeSentences
    }

    /// What to say of a name that was not known, where the picture does not tell what was taken instead.
    private func unknownSentence(_ kind: UnknownName.Kind) -> String? {
        unknown.first { $0.kind == kind }?.sentence
    }

    private func samplerSentence(_ info: GenerationInfo) -> String? {
        guard let drawn = info.samplerName else { return unknownSentence(.sampler) ?? silence("sampler") }
        let asked = Self.folded(request.sampler)
        // “DPM++ 2M Karras” is the old way to name a sampler and its schedule at once.
        guard asked != Self.folded(drawn), asked != Self.folded(drawn + (schedule ?? "")) else { return nil }
        return "Drawn with sampler “\(shown(drawn))”, not “\(shown(request.sampler))”."
    }

    private func schedulerSentence() -> String? {
        // “Automatic” leaves the choice to Forge, which writes down what it chose.
        let isChosen = Self.folded(request.scheduler) != "automatic"
        guard let schedule else { return unknownSentence(.scheduler) ?? (isChosen ? silence("schedule") : nil) }
        guard isChosen, Self.folded(schedule) != Self.folded(request.scheduler) else { return nil }
        return "Drawn with schedule “\(shown(schedule))”, not “\(shown(request.scheduler))”."
    }

    private func modelSentence(_ info: GenerationInfo) -> String? {
        guard let asked = request.model else { return unknownSentence(.model) }
        guard let drawn = info.modelName else { return unknownSentence(.model) ?? silence("model") }
        guard !CheckpointName(asked).names(model: drawn, hash: info.modelHash) else { return nil }
        return "Drawn with model “\(shown(drawn))”, not “\(shown(asked))”."
    }

    private func seedSentence(_ info: GenerationInfo) -> String? {
        guard let seed, let drawn = info.firstSeed, drawn != seed else { return nil }
        return "Drawn with seed \(drawn), not \(seed)."
    }

    /// What is not said is not as asked, for who is strict.
    private func silence(_ what: String) -> String? {
        request.isStrict ? "Forge did not say which \(what) it drew this with." : nil
    }

    private var sizeSentences: [String] {
        let asked = request.finishedSize
        guard file.width != asked.width || file.height != asked.height else { return [] }
        return [Self.sizeSentence(file, asked: asked)]
    }

    static func sizeSentence(_ file: ImageInspection, asked: (width: Int, height: Int)) -> String {
        "The picture is \(file.width)×\(file.height) pixels, not \(asked.width)×\(asked.height)."
    }

    private var schedule: String? {
        infotext.flatMap { GenerationInfo.parameter("Schedule type", in: $0) }
    }

    private func shown(_ text: String) -> String { MessageText.clean(text, limit: 100) }

    /// Names and labels of one thing differ in case, blanks and underscores alone: `sgm_uniform`, “SGM Uniform”.
    private static func folded(_ text: String) -> String {
        text.lowercased().filter { !$0.isWhitespace && $0 != "_" }
    }
}

/// A checkpoint in any of the forms that Forge accepts: model name, file name, title “file [hash]”, or a hash.
struct CheckpointName: Sendable, Equatable {
    private let name: String
    private let hash: String?

    init(_ text: String) {
        var rest = text.trimmingCharacters(in: .whitespaces).lowercased()
        var hash: String?
        if rest.hasSuffix("]"), let open = rest.lastIndex(of: "[") {
            hash = String(rest[rest.index(after: open)...].dropLast())
            rest = rest[..<open].trimmingCharacters(in: .whitespaces)
        }
        if hash == nil, rest.utf8.count >= 8, rest.allSatisfy(\.isHexDigit) { hash = rest }
        self.hash = hash
        name = Self.bare(rest)
    }

    /// Whether it names the model that Forge says it used.
    func names(model: String, hash usedHash: String?) -> Bool {
        if name == Self.bare(model.lowercased()) { return true }
        guard let hash, let used = usedHash?.lowercased(), used.utf8.count >= 8 else { return false }
        // Forge shows the first ten digits of the SHA-256.
        return hash.hasPrefix(used) || used.hasPrefix(hash) && hash.utf8.count >= 8
    }

    /// Without folder and extension.
    private static func bare(_ text: String) -> String {
        let file = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? text
        for suffix in [".safetensors", ".ckpt", ".gguf", ".pth", ".pt", ".sft"] where file.hasSuffix(suffix) {
            return String(file.dropLast(suffix.count))
        }
        return file
    }
}
