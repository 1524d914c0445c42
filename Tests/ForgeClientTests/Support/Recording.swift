import Foundation
import Testing

@testable import ForgeClient

/// One call recorded on a real Forge.
struct Recording: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String
    let requestBody: Data
    /// −1 where no answer came.
    let status: Int
    let body: Data

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

    private let method: String

    private static let root = Bundle.module.resourceURL?.appending(path: "Fixtures")

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
        status = Int(String(decoding: try Data(contentsOf: head), as: UTF8.self).split(separator: " ")[1]) ?? -1
        let bodies = ["json", "txt", "bin"].map { folder.appending(path: "\(stem).response-body.\($0)") }
        body = bodies.lazy.compactMap { try? Data(contentsOf: $0) }.first ?? Data()
    }
}
