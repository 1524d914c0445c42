import ImageQueueCore
import ImageQueueStore

extension ImageQueue {
    /// What the log tells of a job from its beginning to its end; waits for that.
    func history(of job: JobID) async throws -> [JobEvent] {
        let log = try await store.snapshot(matching: JobFilter(jobs: [job]), as: .operator).cursor.log
        var logged: [JobEvent] = []
        let beginning = EventCursor(log: log, sequence: 0)
        for try await event in try await events(matching: JobFilter(jobs: [job]), after: beginning) {
            if event.isLogged { logged.append(event) }
        }
        return logged
    }
}

extension JobEvent {
    /// Whether it stands in the log, and not only tells how things are.
    var isLogged: Bool { kind == .queued || kind == .complete || (kind == .error && isFinal) }
}
