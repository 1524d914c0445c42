internal import ImageQueueCore

/// How an unfinished job shows: a line that is redrawn on a terminal, lines with words elsewhere.
struct ProgressText: Sendable {
    var columns: Int
    var isUnicode: Bool

    /// The line for a terminal: a bar while it is drawn, its place while it waits.
    func line(for event: JobEvent) -> String {
        let words = words(for: event)
        return event.status == "processing" ? line(percent: event.progress ?? 0, words: words) : clipped(words)
    }

    /// A bar before the words, where there is room for one.
    func line(percent: Int, words: String) -> String {
        let room = min(40, columns - TerminalText.width(of: words) - 5)
        guard room >= 8 else { return clipped(words) }
        return "\(bar(percent: percent, columns: room)) \(words)"
    }

    /// `QUEUED, position 3, about 40 s left` or `42 %, about 4 s left`
    func words(for event: JobEvent) -> String {
        var parts: [String] = []
        if event.status == "processing" {
            parts.append("\(String(repeating: " ", count: (event.progress ?? 0) < 10 ? 1 : 0))\(event.progress ?? 0) %")
        } else {
            parts.append("QUEUED")
            if let position = event.position { parts.append("position \(position)") }
        }
        if event.attempt > 1 { parts.append("attempt \(event.attempt)") }
        if let estimated = event.estimated { parts.append("about \(TimeText.text(estimated)) left") }
        return parts.joined(separator: ", ")
    }

    /// `[████████▌       ]`
    func bar(percent: Int, columns: Int) -> String {
        let share = Double(min(max(percent, 0), 100)) / 100
        guard isUnicode else {
            let full = Int((share * Double(columns)).rounded(.down))
            return "[\(String(repeating: "#", count: full))\(String(repeating: ".", count: columns - full))]"
        }
        let eighths = Int((share * Double(columns * 8)).rounded(.down))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let part = parts[eighths % 8]
        let full = String(repeating: "█", count: eighths / 8)
        let empty = String(repeating: " ", count: columns - eighths / 8 - part.count)
        return "[\(full)\(part)\(empty)]"
    }

    private func clipped(_ line: String) -> String { TerminalText.truncated(line, columns: columns - 1) }
}
