import Foundation

/// What an embedder can wait for, as the sources declare it: a new operation is asked for by name.
enum PublicOperations {
    /// `Type.name(labels:)` of every public asynchronous function of the libraries; where two have the same labels,
    /// with the parameters' types.
    static func declared() throws -> Set<String> {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        var found: [Operation] = []
        for module in ["ImageQueueCore", "ImageQueueStore", "ForgeClient"] {
            let folder = sources.appending(path: module)
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name.hasSuffix(".swift")
            {
                found += declared(in: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
            }
        }
        let alike = Dictionary(grouping: found, by: \.name).filter { $0.value.count > 1 }
        return Set(found.map { alike[$0.name] == nil ? $0.name : $0.nameWithTypes })
    }

    struct Operation {
        var type: String
        var function: String
        var parameters: [(label: String, type: String)]

        var name: String { "\(type).\(function)(\(parameters.map { $0.label + ":" }.joined()))" }

        var nameWithTypes: String {
            "\(type).\(function)(\(parameters.map { "\($0.label): \($0.type)" }.joined(separator: ", ")))"
        }
    }

    /// What stands between the outermost parentheses, taken apart at its own commas.
    private static func parameters(in text: Substring) -> [(label: String, type: String)] {
        var depth = 0
        var parts = [""]
        for character in text.drop(while: { $0 != "(" }) {
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) { depth -= 1 }
            if depth == 0 { break }
            switch character {
            case "(" where depth == 1: continue
            case "," where depth == 1: parts.append("")
            default: parts[parts.count - 1].append(character)
            }
        }
        return parts.compactMap { part in
            guard let match = part.firstMatch(of: /^\s*(\w+)[^:]*:\s*(.+?)\s*$/) else { return nil }
            return (String(match.1), String(match.2))
        }
    }

    static func declared(in source: String) -> [Operation] {
        var found: [Operation] = []
        var type = ""
        var nested: String?
        var signature: String?
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if let name = line.firstMatch(of: /^(?:public )?(?:final )?(?:extension|class|struct|enum|actor) (\w+)/) {
                type = String(name.1)
            }
            if let name = line.firstMatch(of: /^    public (?:struct|class|enum) (\w+)/) { nested = String(name.1) }
            if line == "    }" { nested = nil }
            if line.contains(/^ {4,8}public (?:static |mutating )*func\b/) { signature = "" }
            guard signature != nil else { continue }
            signature?.append(line + " ")
            // The whole of it may stand in one line.
            guard line.hasSuffix("{") || line.hasSuffix("}"), let whole = signature else { continue }
            signature = nil
            guard whole.contains(" async"), let name = whole.firstMatch(of: /func (\w+)/) else { continue }
            found.append(
                Operation(
                    type: nested.map { "\(type).\($0)" } ?? type,
                    function: String(name.1),
                    parameters: parameters(in: whole[name.range.upperBound...])
                )
            )
        }
        // It keeps everything in memory: no file, no SQLite.
        return found.filter { $0.type != "InMemoryJobStore" }
    }
}
