internal import Foundation
internal import ImageQueueCore
internal import Logging

/// Log lines on standard error, above the progress bar, safe for a terminal.
struct TerminalLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(RFC3339.text(Date())) \(event.level) \(label): \(event.message)\(fields)"
        Console.shared.note(TerminalText.line(line))
    }
}
