internal import ImageQueueCore

/// An event as people read it.
enum EventText {
    /// `2026-11-24T04:49:13.120Z  <job>  PROGRESS  42 %, about 3 s left`
    static func line(_ event: JobEvent) -> String {
        let job = event.jobID.map(\.description) ?? String(repeating: "-", count: 36)
        let kind = event.kind.rawValue
        let padding = String(repeating: " ", count: max(0, 8 - kind.count))
        return "\(RFC3339.text(event.at))  \(job)  \(kind)\(padding)  \(words(event))"
    }

    private static func words(_ event: JobEvent) -> String {
        switch event.kind {
        case .queued:
            [event.position.map { "position \($0)" }, event.prompt.map { TerminalText.quoted($0, columns: 100) }]
                .compactMap(\.self).joined(separator: ", ")
        case .progress:
            [
                event.status == "processing" ? "\(event.progress ?? 0) %" : event.position.map { "position \($0)" },
                event.estimated.map { "about \(TimeText.text($0)) left" },
            ].compactMap(\.self).joined(separator: ", ")
        case .complete: TerminalText.line(event.imageURLs.joined(separator: " "))
        case .error:
            TerminalText.line("\(event.failure?.message ?? "") (\(event.failure?.code.rawValue ?? "unknown"))")
        case .reset: "what came before is no longer known"
        }
    }
}
