/// Of each job the newest PROGRESS that a watcher has yet to see, in the order in which the jobs came in.
///
/// Bounded: beyond the limit the job that has waited longest gives way, and is told again with its next change.
struct ConflatedProgress {
    private var newest: [JobID: JobEvent] = [:]
    private var order: [JobID] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { order.isEmpty }
    var count: Int { order.count }

    /// Takes a change in, unless what waits is newer.
    mutating func put(_ change: JobEvent) {
        guard let job = change.jobID else { return }
        if let waiting = newest[job] {
            guard !change.isOlder(than: waiting) else { return }
        } else {
            order.append(job)
        }
        newest[job] = change
        if order.count > limit { newest[order.removeFirst()] = nil }
    }

    /// Whether a job's drawing is what waits to be told.
    func isDrawn(_ job: JobID) -> Bool { newest[job]?.status == JobState.processing.wireStatus }

    /// Drops what waits of an event's job, if it was read before the event; what was read after it is newer.
    ///
    /// - Returns: Whether there was any.
    @discardableResult
    mutating func drop(olderThan event: JobEvent) -> Bool {
        guard !order.isEmpty, let job = event.jobID, let waiting = newest[job]?.cursor else { return false }
        guard waiting.log != event.cursor.log || waiting.sequence < event.cursor.sequence else { return false }
        newest[job] = nil
        order.removeAll { $0 == job }
        return true
    }

    /// Drops what was read before a place in the log, or in another log.
    mutating func dropAll(before place: EventCursor) {
        newest = newest.filter { $0.value.cursor.log == place.log && $0.value.cursor.sequence >= place.sequence }
        order.removeAll { newest[$0] == nil }
    }

    mutating func removeAll() {
        newest.removeAll()
        order.removeAll()
    }

    mutating func popFirst() -> JobEvent? { order.isEmpty ? nil : newest.removeValue(forKey: order.removeFirst()) }
}

extension JobEvent {
    /// Whether both tell that a job is drawn, and this one less than the other.
    fileprivate func isOlder(than other: JobEvent) -> Bool {
        let drawn = JobState.processing.wireStatus
        guard status == drawn, other.status == drawn else { return false }
        return (attempt, progress ?? 0) < (other.attempt, other.progress ?? 0)
    }
}
