internal import ImageQueueCore

/// How several jobs come along together: each counts the same, and one that has ended counts whole.
struct BatchProgress: Sendable, Equatable {
    private let jobs: [JobID]
    private var percents: [JobID: Int] = [:]
    private var highest = 0

    init(_ jobs: [JobID]) { self.jobs = jobs }

    /// The event as one of the whole batch; of a single job it is left as it is.
    mutating func take(_ event: JobEvent) -> JobEvent {
        guard jobs.count > 1, let job = event.jobID, event.kind != .reset else { return event }
        if event.isFinal {
            percents[job] = 100
        } else if event.status == "processing" {
            percents[job] = event.progress ?? 0
        }
        var shown = event
        // The last one's end is told as the end of all, and an end before that as progress.
        if event.isFinal { shown.kind = .progress }
        shown.isFinal = event.isFinal && percents.count == jobs.count && percents.values.allSatisfy { $0 == 100 }
        guard !percents.isEmpty else { return shown }
        // A job that is drawn anew begins at 0; the whole does not go back.
        highest = max(highest, min(99, percents.values.reduce(0, +) / jobs.count))
        shown.status = "processing"
        shown.progress = highest
        shown.attempt = 1
        // Of one job alone.
        shown.estimated = nil
        return shown
    }
}
