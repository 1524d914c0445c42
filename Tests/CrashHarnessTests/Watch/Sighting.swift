import ImageQueueCore
import ProcessSupport

/// A logged event as some watcher was told it, by whichever door.
struct Sighting: Hashable, CustomStringConvertible {
    var sequence: Int64
    var kind: String
    var job: String
    var attempt: Int64
    var isFinal: Bool

    init?(_ event: JobEvent) {
        guard event.isLogged, let job = event.jobID else { return nil }
        sequence = event.cursor.sequence
        kind = event.kind.rawValue
        self.job = "\(job)"
        attempt = Int64(event.attempt)
        isFinal = event.isFinal
    }

    /// From a line of `iqctl watch --json`.
    init?(_ line: JSONObject) {
        guard let kind = line.string("event"), let job = line.string("job_id"), let sequence = line.integer("seq"),
            let attempt = line.integer("attempt")
        else { return nil }
        isFinal = line.flag("final")
        guard kind == "QUEUED" || kind == "COMPLETE" || (kind == "ERROR" && isFinal) else { return nil }
        self.sequence = sequence
        self.kind = kind
        self.job = job
        self.attempt = attempt
    }

    var description: String { "\(sequence) \(kind) \(job.suffix(4)) \(attempt)" }
}
