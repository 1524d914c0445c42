import Foundation

/// `Fixtures/Answers.txt`: what each recorded answer is to this client.
enum AnswerTable {
    static let readings: [String: String] = load()

    private static func load() -> [String: String] {
        guard let file = Recording.root?.appending(path: "Answers.txt"),
            let text = try? String(contentsOf: file, encoding: .utf8)
        else { return [:] }
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = String(line).components(separatedBy: "  ")
            return (parts[0], parts.dropFirst().joined(separator: "  "))
        }
        return Dictionary(rows) { one, other in "twice: \(one); \(other)" }
    }
}
