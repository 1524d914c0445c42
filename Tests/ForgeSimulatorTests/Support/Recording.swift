import Foundation
import Testing

@testable import ForgeSimulator

/// One recorded call.
struct Recording: Sendable, CustomStringConvertible {
    let name: String
    let method: String
    let path: String
    let headers: [String: String]
    let body: String?
    let status: Int
    let headerNames: [String]
    let answer: String
    let started: Double

    var description: String { name }

    /// The calls of a folder in the order in which they were made.
    static func folder(_ folder: String, where isWanted: (String) -> Bool = { _ in true }) throws -> [Recording] {
        let root = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(folder)")
        let suffix = ".response-head.txt"
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path)
            .filter { $0.hasSuffix(suffix) }
            .map { String($0.dropLast(suffix.count)) }
            .filter(isWanted)
        return try names.map { try Recording(name: $0, in: root) }.sorted { $0.started < $1.started }
    }

    private init(name: String, in root: URL) throws {
        self.name = name
        func text(_ suffix: String) throws -> String {
            String(decoding: try Data(contentsOf: root.appending(path: name + suffix)), as: UTF8.self)
        }
        let request = try text(".request.txt")
        let parts = request.components(separatedBy: "\n\n")
        let lines = parts[0].components(separatedBy: "\n")
        let words = lines[0].split(separator: " ", maxSplits: 1).map(String.init)
        method = words[0]
        path = words[1]
        headers = Dictionary(lines.dropFirst().map(Self.header), uniquingKeysWith: { $1 })
        let rest = parts.dropFirst().joined(separator: "\n\n")
        body = rest.isEmpty || rest == "\n" ? nil : rest
        let head = try text(".response-head.txt").components(separatedBy: "\n")
        status = Int(head[0].split(separator: " ")[1]) ?? 0
        headerNames = head.dropFirst().prefix { !$0.isEmpty }.map { Self.header($0).0 }
        let timing = head.first { $0.hasPrefix("# started t=") } ?? ""
        started = Double(timing.dropFirst("# started t=".count).prefix { $0 != "s" }) ?? 0
        answer = (try? text(".response-body.json")) ?? (try? text(".response-body.txt")) ?? ""
    }

    private static func header(_ line: String) -> (String, String) {
        let parts = line.components(separatedBy: ": ")
        return (parts[0].lowercased(), parts.dropFirst().joined(separator: ": "))
    }
}

/// An answer without what differs from run to run: pictures, random numbers, clocks, memory.
func normalized(_ text: String, hidesSeeds: Bool) throws -> JSONValue {
    guard let first = text.utf8.first, "{[n\"".utf8.contains(first) else { return .string(text) }
    return try normalized(try JSONParser.parse(Array(text.utf8)), key: "", hidesSeeds: hidesSeeds)
}

private func normalized(_ value: JSONValue, key: String, hidesSeeds: Bool) throws -> JSONValue {
    var random: Set = ["subseed", "all_subseeds", "job_timestamp", "eta_relative", "free", "used", "total"]
    if hidesSeeds { random.formUnion(["seed", "all_seeds"]) }
    if random.contains(key), !value.isNull { return "<random>" }
    switch value {
    case .object(let object):
        var result: JSONObject = [:]
        for member in object.members {
            if member.key == "info", let text = member.value.stringValue, text.hasPrefix("{") {
                let info = try JSONParser.parse(Array(text.utf8))
                result["info"] = try normalized(info, key: "info", hidesSeeds: hidesSeeds)
            } else {
                result[member.key] = try normalized(member.value, key: member.key, hidesSeeds: hidesSeeds)
            }
        }
        return .object(result)
    case .array(let items): return .array(try items.map { try normalized($0, key: "", hidesSeeds: hidesSeeds) })
    case .string(let text):
        if text.hasPrefix("<") && text.hasSuffix("base64 characters>") || text.hasPrefix("iVBOR")
            || text.hasPrefix("/9j/")
        {
            return "<image>"
        }
        var text = text.replacing(/task\((\w+)-[A-Z0-9]{7}\)/) { "task(\($0.1)-…)" }
        if hidesSeeds { text = text.replacing(/Seed: \d+/, with: "Seed: …") }
        return .string(text)
    default: return value
    }
}
