import ImageQueueCore

/// Tells a person on standard error how a job comes along: one moving line on a terminal, a few plain ones elsewhere.
struct ProgressDisplay {
    private let console: Console
    private var lastWords = ""
    private var lastTenth = -1
    private let start = ContinuousClock.now

    init(console: Console = .shared) { self.console = console }

    /// The job is stored.
    mutating func accept(_ receipt: SubmitReceipt, prompt: String) {
        lastWords = "QUEUED" + (receipt.position.map { ", position \($0)" } ?? "")
        console.note("\(receipt.isRepeat ? "KNOWN by its key" : lastWords): \(TerminalText.quoted(prompt, columns: 50))")
        console.note("Job \(receipt.jobID), message \(receipt.messageID)")
    }

    /// Something happened to the job.
    mutating func show(_ event: JobEvent) {
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

    /// The job has ended.
    func finish(_ job: Job) {
        console.clearStatus()
        switch job.state {
        case .complete:
            let text = ProgressText(columns: console.columns, isUnicode: console.isUnicode)
            let room = max(8, min(40, console.columns - 40))
            let bar = console.isInteractive ? text.bar(percent: 100, columns: room) + " " : ""
            console.note("\(bar)100 %, COMPLETE after \(TimeText.text(start.duration(to: .now)))")
        case .cancelled:
            console.note("CANCELLED")
        default:
            break
        }
        for warning in job.images.flatMap(\.warnings) { console.note("Note: \(TerminalText.line(warning))") }
    }
}
