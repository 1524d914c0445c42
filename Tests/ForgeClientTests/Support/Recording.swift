import ForgeSimulator
import Foundation
import Testing

@testable import ForgeClient

/// One call recorded on a real Forge.
struct Recording: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    /// With the query.
    let path: String
    let requestBody: Data
    /// −1 where no answer came.
    let status: Int
    let reason: String
    let headers: [RecordedAnswer.Header]
    /// As it came over the wire; `nil` where it was not kept, or where no answer came.
    let wholeBody: Data?

    var body: Data { wholeBody ?? Data() }
    var isCompressed: Bool { headers.contains { $0.name == "content-encoding" } }

    /// The answer to send again; `nil` where none came.
    func answer(pieceSize: Int? = nil) -> RecordedAnswer? {
        guard status > 0 else { return nil }
        return RecordedAnswer(
            status: status,
            reason: reason,
            headers: headers,
            body: Array(body),
            pieceSize: pieceSize
        )
    }

    var testDescription: String { name }

    /// Every recorded call to a path, optionally with a method.
    static func all(_ path: String, method: String? = nil) -> [Recording] {
        every.filter { recording in
            recording.path.split(separator: "?").first.map(String.init) == path
                && (method == nil || recording.method == method)
        }
    }

    static func named(_ name: String) throws -> Recording {
        try #require(every.first { $0.name == name }, "no recording \(name)")
    }

    /// The lines of a recorded series of polls.
    static func series(_ name: String) throws -> [Data] {
        let url = try #require(root).appending(path: name)
        return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }

    static let every: [Recording] = load()

    static let root = Bundle.module.resourceURL?.appending(path: "Fixtures")

    private static func load() -> [Recording] {
        guard let root, let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) else {
            return []
        }
        let suffix = ".response-head.txt"
        let heads = files.compactMap { $0 as? URL }.filter { $0.lastPathComponent.hasSuffix(suffix) }
        return heads.compactMap { try? Recording(head: $0) }.sorted { $0.name < $1.name }
    }

    private init(head: URL) throws {
        let folder = head.deletingLastPathComponent()
        let stem = String(head.lastPathComponent.dropLast(".response-head.txt".count))
        name = "\(folder.lastPathComponent)/\(stem)"
        let request = try Data(contentsOf: folder.appending(path: stem + ".request.txt"))
        let text = String(decoding: request, as: UTF8.self)
        let words = text.prefix { !$0.isNewline }.split(separator: " ")
        method = String(words[0])
        path = String(words[1])
        let parts = text.components(separatedBy: "\n\n")
        requestBody = Data(parts.dropFirst().joined(separator: "\n\n").utf8)
        let lines = String(decoding: try Data(contentsOf: head), as: UTF8.self).components(separatedBy: "\n")
        let first = lines[0].split(separator: " ", maxSplits: 2).map(String.init)
        status = Int(first[1]) ?? -1
        reason = first.count > 2 ? first[2] : ""
        headers = lines.dropFirst().prefix { !$0.isEmpty }.map { line in
            let parts = line.components(separatedBy: ": ")
            return RecordedAnswer.Header(parts[0], parts.dropFirst().joined(separator: ": "))
        }
        let bodies = ["json", "txt", "bin"].map { folder.appending(path: "\(stem).response-body.\($0)") }
        wholeBody = bodies.lazy.compactMap { try? Data(contentsOf: $0) }.first
    }
}
