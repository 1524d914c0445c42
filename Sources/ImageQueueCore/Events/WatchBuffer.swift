/// What one watcher has yet to see: a pure value that decides what it is given next.
///
/// It is bounded. Logged events beyond the bound are not kept but read again from the log, so none is lost; of PROGRESS
/// only each job's newest is kept.
struct WatchBuffer {
    /// What `next()` is to do.
    enum Step: Equatable {
        case deliver(JobEvent)
        case replay(after: EventCursor)
        case lookAtPositions(of: Set<JobID>)
        case startOver
        case finish
        case wait
    }

    private static let loggedLimit = 256
    private static let waitingLimit = 500

    /// The last logged event that was delivered.
    private(set) var cursor: EventCursor
    /// Where everything before is known to be delivered, or need not be.
    private var logged: [JobEvent] = []
    private var progress: [JobID: JobEvent] = [:]
    private var progressOrder: [JobID] = []
    private var isBehind: Bool
    private var isReset = false
    private var isClosed = false
    /// The jobs whose end also ends the watch; `nil` for a watch without end.
    private var remaining: Set<JobID>?
    /// What was last told of each unfinished job, so that progress never falls within an attempt.
    private var told: [JobID: (attempt: Int, percent: Int)] = [:]
    /// The place last told of jobs that wait.
    private var waiting: [JobID: Int] = [:]
    private var positionsAreDirty = false

    init(cursor: EventCursor, remaining: Set<JobID>?, isBehind: Bool) {
        self.cursor = cursor
        self.remaining = remaining
        self.isBehind = isBehind
    }

    // MARK: What comes in

    /// Takes in what is new; events before the cursor were seen already.
    mutating func take(events: [JobEvent], progress changes: [JobEvent], cursor now: EventCursor, moved: Bool) {
        guard !isClosed else { return }
        guard now.log == cursor.log else {
            startOver()
            return
        }
        if !isBehind {
            for event in events where event.cursor.sequence > cursor.sequence { append(event) }
            if logged.count > Self.loggedLimit {
                logged.removeAll()
                isBehind = true
            }
        }
        for change in changes { conflate(change) }
        if moved, !waiting.isEmpty { positionsAreDirty = true }
    }

    /// Takes in what was read from the log after the cursor. `isWhole`: nothing follows yet.
    mutating func replayed(_ events: [JobEvent], isWhole: Bool) {
        let tail = logged
        logged = events.filter { $0.cursor.sequence > cursor.sequence }
        guard isWhole else {
            isBehind = true
            return
        }
        for event in tail { append(event) }
    }

    /// Before a replay is read: from here on what is new is kept again.
    mutating func beginReplay() { isBehind = false }

    /// Takes in how things stand at a place in the log.
    mutating func present(_ snapshot: StoreSnapshot, telling reset: JobEvent?, isEnding: Bool) {
        cursor = snapshot.cursor
        isReset = false
        isBehind = false
        progress.removeAll()
        progressOrder.removeAll()
        told.removeAll()
        waiting.removeAll()
        logged.removeAll { $0.cursor.sequence <= snapshot.cursor.sequence }
        var states =
            (reset.map { [$0] } ?? []) + snapshot.jobs.map { JobEvent(snapshotOf: $0, cursor: snapshot.cursor) }
        // Whoever is torn away before the last of them doesn't know how all stands.
        for index in states.indices.dropLast() { states[index].cursor = .startingOver }
        logged.insert(contentsOf: states, at: 0)
        if isEnding { remaining = Set(snapshot.jobs.map(\.id)) }
    }

    /// Takes in where jobs stand in the queue.
    mutating func takePositions(_ jobs: [Job]) {
        for job in jobs {
            guard let position = job.position, let before = waiting[job.id], before != position else { continue }
            guard position <= 20 || abs(before - position) * 10 >= before else { continue }
            waiting[job.id] = position
            conflate(JobEvent(positionOf: job, cursor: cursor))
        }
    }

    /// Takes in something beside the log, such as a callback's failure.
    mutating func tell(_ event: JobEvent) {
        guard !isClosed, logged.count < Self.loggedLimit else { return }
        var event = event
        event.cursor = logged.last?.cursor ?? cursor
        logged.append(event)
    }

    mutating func close() { isClosed = true }

    private mutating func startOver() {
        logged.removeAll()
        progress.removeAll()
        progressOrder.removeAll()
        isReset = true
    }

    private mutating func append(_ event: JobEvent) {
        guard event.cursor.sequence > (logged.last?.cursor.sequence ?? cursor.sequence) else { return }
        logged.append(event)
        if let job = event.jobID { dropProgress(of: job) }
    }

    private mutating func conflate(_ change: JobEvent) {
        guard let job = change.jobID else { return }
        if logged.contains(where: { $0.jobID == job && $0.isFinal }) { return }
        if let last = told[job], change.status == JobState.processing.wireStatus {
            if change.attempt < last.attempt { return }
            if change.attempt == last.attempt, (change.progress ?? 0) < last.percent { return }
        }
        if progress.updateValue(change, forKey: job) == nil { progressOrder.append(job) }
    }

    private mutating func dropProgress(of job: JobID) {
        if progress.removeValue(forKey: job) != nil { progressOrder.removeAll { $0 == job } }
    }

    // MARK: What goes out

    /// Decides what the watcher gets now. `mayLook`: enough time has passed since the last look at positions.
    mutating func next(mayLook: Bool) -> Step {
        if isReset { return .startOver }
        if !logged.isEmpty {
            let event = logged.removeFirst()
            cursor = EventCursor(log: cursor.log, sequence: max(cursor.sequence, event.cursor.sequence))
            remember(event)
            return .deliver(event)
        }
        if isBehind { return .replay(after: cursor) }
        if let remaining, remaining.isEmpty { return .finish }
        if isClosed { return .finish }
        if !progressOrder.isEmpty {
            let job = progressOrder.removeFirst()
            guard var event = progress.removeValue(forKey: job) else { return next(mayLook: mayLook) }
            event.cursor = cursor
            remember(event)
            return .deliver(event)
        }
        if positionsAreDirty, mayLook, !waiting.isEmpty {
            positionsAreDirty = false
            return .lookAtPositions(of: Set(waiting.keys))
        }
        return .wait
    }

    private mutating func remember(_ event: JobEvent) {
        guard let job = event.jobID, event.failure == nil || event.isFinal else { return }
        if event.isFinal {
            remaining?.remove(job)
            told[job] = nil
            waiting[job] = nil
        } else if event.status == JobState.processing.wireStatus {
            told[job] = (event.attempt, event.progress ?? 0)
            waiting[job] = nil
        } else if let position = event.position, waiting[job] != nil || waiting.count < Self.waitingLimit {
            waiting[job] = position
        }
    }
}
