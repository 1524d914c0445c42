internal import ImageQueueCore

/// Tells a person on standard error how jobs come along: one moving line on a terminal, a few plain ones elsewhere.
struct ProgressDisplay {
    private let console: Console
    private var together = BatchProgress([])
    private var lastWords = ""
    private var lastTenth = -1
    private let start = ContinuousClock.now

    init(console: Console = .shared) { self.console = console }

    /// The jobs are stored.
    mutating func accept(_ receipts: [SubmitReceipt], prompt: String) {
        together = BatchProgress(receipts.map(\.jobID))
        guard let first = receipts.first else { return }
        lastWords = "QUEUED" + (first.position.map { ", position \($0)" } ?? "")
        let word = first.isRepeat ? "KNOWN by its key" : lastWords
        console.note("\(word): \(TerminalText.quoted(prompt, columns: 50))")
        if let batch = first.metadata["batch_id"]?.stringValue { console.note("Batch \(batch)") }
        for receipt in receipts { console.note("Job \(receipt.jobID), message \(receipt.messageID)") }
    }

    /// Something happened to one of the jobs.
    mutating func show(_ event: JobEvent) {
        let event = together.take(event)
        if event.isFinal { return }
        if event.kind == .error {
            if let failure = event.failure { console.note(TerminalText.line(failure.message)) }
            return
        }
        guard event.kind != .reset else { return }
        let text = ProgressText(columns: console.columns, isUnicode: console.isUnicode)
        if console.isInteractive {
            console.showStatus(text.line(for: event))
        } else if event.status == "processing" {
            let tenth = (event.progress ?? 0) / 10
            guard tenth != lastTenth else { return }
            lastTenth = tenth
            console.note("PROGRESS \(text.words(for: event))")
        } else {
            let words = text.words(for: event)
            // The time left changes without news.
            let place = words.split(separator: ", about").first.map(String.init) ?? words
            guard place != lastWords else { return }
            lastWords = place
            lastTenth = -1
            console.note(words)
        }
    }

    /// The jobs have ended.
    func finish(_ jobs: [Job]) {
        console.clearStatus()
        let count = jobs.count { $0.state == .complete }
        if count == jobs.count {
            let text = ProgressText(columns: console.columns, isUnicode: console.isUnicode)
            let words = "100 %, COMPLETE after \(TimeText.text(start.duration(to: .now)))"
            console.note(console.isInteractive ? text.line(percent: 100, words: words) : words)
        } else if jobs.contains(where: { $0.state == .cancelled }) {
            console.note(count > 0 ? "CANCELLED; \(count) of \(jobs.count) jobs were complete" : "CANCELLED")
        }
        for warning in jobs.flatMap(\.images).flatMap(\.warnings) {
            console.note("Note: \(TerminalText.line(warning))")
        }
    }
}
