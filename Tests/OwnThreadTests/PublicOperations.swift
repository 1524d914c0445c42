import Foundation

/// What an embedder can wait for, as the sources declare it: a new operation is asked for by name.
enum PublicOperations {
    /// `Type.name` of every public asynchronous function of the libraries.
    static func declared() throws -> Set<String> {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        var found: Set<String> = []
        for module in ["ImageQueueCore", "ImageQueueStore", "ForgeClient"] {
            let folder = sources.appending(path: module)
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name.hasSuffix(".swift")
            {
                found.formUnion(declared(in: try String(contentsOf: folder.appending(path: name), encoding: .utf8)))
            }
        }
        return found
    }

    static func declared(in source: String) -> Set<String> {
        var found: Set<String> = []
        var type = ""
        var signature: String?
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if let name = line.firstMatch(of: /^(?:public )?(?:final )?(?:extension|class|struct|enum|actor) (\w+)/) {
                type = String(name.1)
            }
            if line.contains(/^    public (?:static )?func\b/) { signature = "" }
            guard signature != nil else { continue }
            signature?.append(line + " ")
            guard line.hasSuffix("{"), let whole = signature else { continue }
            signature = nil
            guard whole.contains(" async"), let name = whole.firstMatch(of: /func (\w+)/) else { continue }
            found.insert("\(type).\(name.1)")
        }
        // It keeps everything in memory: no file, no SQLite.
        return found.filter { !$0.hasPrefix("InMemoryJobStore.") }
    }
}
