import Foundation
import Testing

/// `Gotchas.md` is kept true: each row names tests that exist, and a patch that takes its handling out.
@Suite("The table of gotchas", .timeLimit(.minutes(1)))
struct GotchaTableTests {
    private struct Row: Sendable, CustomTestStringConvertible {
        var number: Int
        var tests: String

        var testDescription: String { "\(number)" }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    /// A reason why there is nothing to test, or to take out.
    private static func isExcused(_ row: Row) -> Bool { row.tests.hasPrefix("none: ") && row.tests.count > 20 }

    private static let rows: [Row] = {
        let file = root.appending(path: "Tests/ForgeClientTests/Gotchas.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, let number = Int(cells[0]) else { return nil }
            return Row(number: number, tests: cells[3])
        }
    }()

    /// The text of each suite's file, by the suite's name.
    private static let suites: [String: String] = {
        var suites: [String: String] = [:]
        let tests = root.appending(path: "Tests")
        guard let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil) else { return [:] }
        for case let file as URL in files where file.pathExtension == "swift" {
            suites[file.deletingPathExtension().lastPathComponent] = try? String(contentsOf: file, encoding: .utf8)
        }
        return suites
    }()

    @Test("It has all of them, once")
    func whole() {
        #expect(Self.rows.map(\.number) == Array(1...23))
    }

    /// A test is named as `Suite.function`, or as `Suite` and its name in quotes, of which "…" may leave out the end.
    @Test("Each row names tests that exist", arguments: rows)
    private func tests(row: Row) throws {
        guard !Self.isExcused(row) else { return }
        let names = row.tests.matches(of: /`(\w+)(?:\.(\w+))?`(?: "([^"]+)")?/)
        #expect(!names.isEmpty, "no test is named")
        for name in names {
            let text = try #require(Self.suites[String(name.1)], "no suite \(name.1)")
            if let function = name.2 { #expect(text.contains("func \(function)(")) }
            if let title = name.3 {
                let start = String(title).components(separatedBy: "…")[0].trimmingCharacters(in: .whitespaces)
                #expect(start.count > 8 && text.contains(start), "no test “\(title)” in \(name.1)")
            }
            #expect(name.2 != nil || name.3 != nil, "\(name.1) is a suite, not a test")
        }
    }

    @Test("Each row has a patch that takes its handling out, and each patch names tests that exist", arguments: rows)
    private func patches(row: Row) throws {
        guard !Self.isExcused(row) else { return }
        let folder = Self.root.appending(path: "Scripts/Mutations")
        let prefix = (row.number < 10 ? "0" : "") + "\(row.number)-"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(prefix) }
        #expect(!names.isEmpty)
        for name in names {
            let patch = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            let tests = patch.split(separator: "\n").filter { $0.hasPrefix("Tests: ") }.map { $0.dropFirst(7) }
            #expect(!tests.isEmpty && patch.contains("Takes out: "), "\(name)")
            for test in tests {
                let parts = test.split(separator: "/", maxSplits: 1).map(String.init)
                let text = try #require(Self.suites[parts[0]], "\(name): no suite \(parts[0])")
                let words = parts[1].hasPrefix(".*") ? String(parts[1].dropFirst(2)) : "func \(parts[1])("
                #expect(text.contains(words), "\(name): no test \(test)")
            }
        }
    }
}
