/// Of each job the newest PROGRESS that a watcher has yet to see, in the order in which the jobs came in.
///
/// Bounded: beyond the limit the job that has waited longest gives way, and is told again with its next change.
struct ConflatedProgress {
    /// The jobs, side by side to be looked through: a table of some hundred bytes an entry would hold twice as much.
    private var jobs: [JobID] = []
    private var newest: [JobEvent] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { jobs.isEmpty }
    var count: Int { jobs.count }
    /// Whether another job can be told of, and none has to give way.
    var hasRoom: Bool { jobs.count < limit }

    /// Takes a change in, unless what waits is newer.
    mutating func put(_ change: JobEvent) {
        guard let job = change.jobID else { return }
        if let index = jobs.firstIndex(of: job) {
            if !change.isOlder(than: newest[index]) { newest[index] = change }
            return
        }
        if !hasRoom { _ = popFirst() }
        jobs.append(job)
        newest.append(change)
    }

    /// Whether a job's drawing is what waits to be told.
    func isDrawn(_ job: JobID) -> Bool {
        jobs.firstIndex(of: job).map { newest[$0].status == JobState.processing.wireStatus } ?? false
    }

    /// Drops what waits of an event's job, if it was read before the event; what was read after it is newer.
    ///
    /// - Returns: Whether there was any.
    @discardableResult
    mutating func drop(olderThan event: JobEvent) -> Bool {
        guard let job = event.jobID, let index = jobs.firstIndex(of: job) else { return false }
        let waiting = newest[index].cursor
        guard waiting.log != event.cursor.log || waiting.sequence < event.cursor.sequence else { return false }
        jobs.remove(at: index)
        newest.remove(at: index)
        return true
    }

    /// Drops what was read before a place in the log, or in another log.
    mutating func dropAll(before place: EventCursor) {
        newest.removeAll { $0.cursor.log != place.log || $0.cursor.sequence < place.sequence }
        jobs = newest.compactMap(\.jobID)
    }

    mutating func removeAll() {
        jobs.removeAll()
        newest.removeAll()
    }

    mutating func popFirst() -> JobEvent? {
        guard !jobs.isEmpty else { return nil }
        jobs.removeFirst()
        return newest.removeFirst()
    }
}

extension JobEvent {
    /// Whether both tell that a job is drawn, and this one less than the other.
    fileprivate func isOlder(than other: JobEvent) -> Bool {
        let drawn = JobState.processing.wireStatus
        guard status == drawn, other.status == drawn else { return false }
        return (attempt, progress ?? 0) < (other.attempt, other.progress ?? 0)
    }
}
