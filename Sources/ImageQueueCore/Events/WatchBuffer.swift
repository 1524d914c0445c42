/// What one watcher has yet to see: a pure value that decides what it is given next.
///
/// It is bounded. A snapshot comes page by page; logged events beyond the bound are not kept but read again from the log,
/// so none is lost; of PROGRESS only each job's newest is kept.
struct WatchBuffer {
    /// What is to be done next.
    enum Step: Equatable {
        case deliver(JobEvent)
        /// The next page of a snapshot is to be read.
        case readOn(after: PageToken)
        case replay(after: EventCursor)
        case lookAtPositions(of: Set<JobID>)
        case startOver
        case finish
        case wait
        /// As `wait`, but no longer than until a look at positions is allowed.
        case waitToLook
    }

    /// How much is kept at most. An event with texts of its own holds some 700 bytes: what waits, 64 KiB.
    struct Limits: Sendable {
        var logged = 36
        var progress = 36
        var places = 500
        var told = 1000
        var notices = 16
        var overtaken = 1000
    }

    // What every change looks at comes first, side by side: the watcher that it reaches is in nobody's cache, and each line
    // of it that is looked at costs as much as all that is done there.

    private var isClosed = false
    /// Whether a snapshot is being read: what comes meanwhile is kept, of whichever log it is.
    private var isPresenting = false
    private var isBehind: Bool
    private var isReset = false
    /// The place until which all that matches was delivered.
    private(set) var cursor: EventCursor
    /// Logged events after the cursor, without a gap unless `isBehind`. A slice: what came in at once is shared with all
    /// other watchers, and to take its first out copies nothing.
    private var logged: ArraySlice<JobEvent> = []
    /// How far the observation that brings changes has come.
    private var observed: Int64 = 0
    /// Changes that were read before this place are older than what is known.
    private var knownThrough: Int64 = 0
    /// Events up to here may be missing from what came in.
    private var gap: EventCursor?
    /// Jobs with a logged event that was read ahead of the observation: what that still brings of them is older.
    private var overtaken: [JobID: Int64] = [:]
    private var progress: ConflatedProgress
    private var places: ToldPlaces
    private let limits: Limits
    /// The page of a snapshot that is being delivered, RESET before it where that is due.
    private var standing: [JobEvent] = []
    private var nextPage: PageToken?
    /// What was told beside the log.
    private var notices: [JobEvent] = []
    /// The jobs whose end also ends the watch; `nil` for a watch without end.
    private var remaining: Set<JobID>?
    /// Jobs that had ended before the watch began, perhaps before its cursor: then nothing more comes of them.
    private var endedBefore: Set<JobID> = []
    /// What was last told of each unfinished job that is or was drawn, so that progress never falls within an attempt.
    private var told: [JobID: (attempt: Int, percent: Int)] = [:]

    /// A buffer for a watch that begins with a snapshot, which is to be presented.
    init(remaining: Set<JobID>?, limits: Limits = Limits()) {
        self.init(cursor: EventCursor(log: "", sequence: 0), remaining: remaining, isBehind: false, limits: limits)
        isPresenting = true
    }

    /// A buffer for a watch that goes on after a place. `isBehind`: something may follow there already.
    init(cursor: EventCursor, remaining: Set<JobID>?, isBehind: Bool, limits: Limits = Limits()) {
        self.limits = limits
        self.cursor = cursor
        self.remaining = remaining
        self.isBehind = isBehind
        progress = ConflatedProgress(limit: limits.progress)
        places = ToldPlaces(limit: limits.places)
    }

    /// How much is held, but for the jobs that the caller named.
    var size: Int {
        standing.count + logged.count + progress.count + places.count + notices.count + told.count + overtaken.count
    }

    // MARK: What comes in

    /// Takes in what is new; events before the cursor were seen already. `moves`: how often something in the queue has
    /// moved.
    ///
    /// - Returns: Whether there is something to do now.
    @discardableResult
    mutating func take(
        events: [JobEvent],
        progress changes: [JobEvent],
        cursor now: EventCursor,
        moves: Int,
        hasGap: Bool = false
    ) -> Bool {
        guard !isClosed else { return false }
        if hasGap { gap = now }
        // Who has read further than that misses nothing of it.
        let misses = hasGap && now.sequence > cursor.sequence
        guard isPresenting || (now.log == cursor.log && !misses) else {
            startOver()
            return true
        }
        if now.log == cursor.log { observe(now.sequence) }
        keep(events)
        if isPresenting || now.sequence >= knownThrough {
            for var change in changes {
                guard let job = change.jobID, overtaken[job] == nil else { continue }
                change.cursor = now
                progress.put(change)
            }
        }
        places.outdate(by: moves)
        return !events.isEmpty || !changes.isEmpty || places.areOutdated
    }

    /// The observation has come this far: what it brings from here on is not older.
    mutating func observe(_ sequence: Int64) {
        observed = max(observed, sequence)
        if !overtaken.isEmpty { overtaken = overtaken.filter { $0.value > observed } }
    }

    /// Before a replay is read: from here on what is new is kept again.
    mutating func beginReplay() { isBehind = false }

    /// Takes in what was read from the log after the cursor. `isWhole`: nothing follows yet.
    mutating func replayed(_ events: [JobEvent], isWhole: Bool) {
        let tail = logged
        logged.removeAll()
        for event in events {
            append(event)
            overtake(event)
        }
        if isWhole {
            for event in tail { keep(event) }
        } else {
            isBehind = true
        }
    }

    /// A replay could not be read: what came meanwhile may follow a gap.
    mutating func replayFailed() {
        logged.removeAll()
        isBehind = true
    }

    /// Before a snapshot is read: from here on what is new is kept again.
    mutating func beginPresenting() {
        logged.removeAll()
        isBehind = false
        isPresenting = true
    }

    /// Takes in the first page of how things stand, told after RESET where that is due.
    mutating func present(_ page: StoreSnapshot, telling reset: JobEvent?) {
        if page.cursor.log != cursor.log {
            observed = 0
            notices.removeAll()
        }
        cursor = page.cursor
        knownThrough = page.cursor.sequence
        isPresenting = false
        isReset = gap.map { $0.log == page.cursor.log && $0.sequence > page.cursor.sequence } ?? false
        told.removeAll()
        places.removeAll()
        overtaken.removeAll()
        endedBefore.removeAll()
        progress.dropAll(before: page.cursor)
        logged.removeAll { $0.cursor.log != page.cursor.log || $0.cursor.sequence <= page.cursor.sequence }
        standing = placed((reset.map { [$0] } ?? []) + states(of: page), isLast: page.next == nil)
        if remaining != nil { remaining = Set(standing.compactMap(\.jobID)) }
        nextPage = page.next
    }

    /// Takes in a further page.
    mutating func presentMore(_ page: StoreSnapshot) {
        guard page.cursor.log == cursor.log else {
            startOver()
            return
        }
        standing = placed(states(of: page), isLast: page.next == nil)
        nextPage = page.next
    }

    /// A snapshot could not be read.
    mutating func presentingFailed() { isPresenting = false }

    /// Takes in which of the named jobs had ended when the watch began.
    mutating func noteEnded(_ jobs: Set<JobID>) { endedBefore = jobs }

    /// Takes in where jobs stand in the queue.
    mutating func takePositions(_ jobs: [Job]) {
        for job in jobs {
            guard let position = job.position, places.isNews(position, of: job.id), !progress.isDrawn(job.id) else {
                continue
            }
            guard progress.hasRoom else {
                // What has no room is told of by the next look.
                places.outdate()
                break
            }
            places.note(position, of: job.id)
            progress.put(JobEvent(positionOf: job, cursor: cursor))
        }
        places.looked(at: jobs.compactMap { job in job.position.map { (job.id, $0) } })
    }

    /// The look at positions failed: it is still due.
    mutating func lookFailed() { places.outdate() }

    /// Takes in something beside the log, such as a callback's failure.
    mutating func tell(_ event: JobEvent) {
        guard !isClosed, notices.count < limits.notices else { return }
        notices.append(event)
    }

    mutating func close() {
        isClosed = true
        nextPage = nil
    }

    private mutating func startOver() {
        standing.removeAll()
        nextPage = nil
        logged.removeAll()
        progress.removeAll()
        isReset = true
    }

    /// A page's jobs as events. Of named jobs those are left out whose end was told already, unless they live again in
    /// another log.
    private func states(of page: StoreSnapshot) -> [JobEvent] {
        page.jobs.filter { job in
            guard let remaining, job.state.isFinal else { return true }
            return remaining.contains(job.id)
        }.map { JobEvent(snapshotOf: $0, cursor: cursor) }
    }

    /// Takes the place from all of a snapshot's events but the last: who is torn away between them doesn't know how all
    /// stands, and is to begin again.
    private func placed(_ states: [JobEvent], isLast: Bool) -> [JobEvent] {
        var states = states
        for index in isLast ? states.indices.dropLast() : states.indices { states[index].cursor = .startingOver }
        return states
    }

    /// Keeps events for delivery. Where nothing else waits they are kept as they came, shared by all that they were given to.
    private mutating func keep(_ events: [JobEvent]) {
        if !progress.isEmpty { for event in events { progress.drop(olderThan: event) } }
        if logged.isEmpty, !isBehind, events.count <= limits.logged, follow(events) {
            logged = events[...]
        } else {
            for event in events { keep(event) }
        }
    }

    /// Whether they all come after the cursor, one after another. By their indices: a loop over them copies each.
    private func follow(_ events: [JobEvent]) -> Bool {
        var last = cursor.sequence
        for index in events.indices {
            guard events[index].cursor.log == cursor.log, events[index].cursor.sequence > last else { return false }
            last = events[index].cursor.sequence
        }
        return true
    }

    /// Keeps an event for delivery; beyond the bound it will be read from the log.
    private mutating func keep(_ event: JobEvent) {
        guard !isBehind else { return }
        if let last = lastKept, last.log != event.cursor.log { logged.removeAll() }
        append(event)
        if logged.count > limits.logged {
            logged.removeAll()
            isBehind = true
        }
    }

    /// Not by `last`, which copies the event.
    private var lastKept: EventCursor? { logged.isEmpty ? nil : logged[logged.endIndex - 1].cursor }

    private mutating func append(_ event: JobEvent) {
        let last = lastKept ?? cursor
        guard event.cursor.log != last.log || event.cursor.sequence > last.sequence else { return }
        logged.append(event)
        progress.drop(olderThan: event)
    }

    private mutating func overtake(_ event: JobEvent) {
        guard let job = event.jobID, event.cursor.sequence > observed else { return }
        overtaken[job] = event.cursor.sequence
        if overtaken.count > limits.overtaken {
            overtaken.removeAll()
            knownThrough = max(knownThrough, event.cursor.sequence)
        }
    }

    // MARK: What goes out

    /// Decides what the watcher gets now. `mayLook`: enough time has passed since the last look at positions.
    mutating func next(mayLook: Bool) -> Step {
        if isReset { return isClosed ? .finish : .startOver }
        if !standing.isEmpty { return .deliver(remembering(standing.removeFirst())) }
        if let nextPage { return .readOn(after: nextPage) }
        if let event = popLogged() { return .deliver(remembering(event)) }
        if isBehind { return .replay(after: cursor) }
        moveOn()
        remaining?.subtract(endedBefore)
        endedBefore.removeAll()
        if isClosed || remaining?.isEmpty == true { return .finish }
        if let notice = popNotice() { return .deliver(notice) }
        if let event = popProgress() { return .deliver(remembering(event)) }
        guard places.areOutdated else { return .wait }
        guard mayLook else { return .waitToLook }
        places.look()
        return .lookAtPositions(of: places.jobs)
    }

    /// What the observation has brought until now is delivered, or concerns others: a watch that is quiet for days goes on
    /// from where the log stands, not from its own last event, which may be pruned by then.
    private mutating func moveOn() {
        guard !isPresenting, observed > cursor.sequence else { return }
        cursor = EventCursor(log: cursor.log, sequence: observed)
    }

    private mutating func popLogged() -> JobEvent? {
        while let event = logged.popFirst() {
            // An empty slice would keep what it was a part of.
            if logged.isEmpty { logged = [] }
            cursor = event.cursor
            // A place that was looked up while the event lay here may be older than it.
            if progress.drop(olderThan: event) { places.outdate() }
            if isOpen(event) { return event }
        }
        return nil
    }

    private mutating func popProgress() -> JobEvent? {
        while var event = progress.popFirst() {
            guard isOpen(event), !isOutdated(event) else { continue }
            event.cursor = cursor
            return event
        }
        return nil
    }

    /// A notice about a job whose end may have been told is about no job: after the final event nothing more comes.
    private mutating func popNotice() -> JobEvent? {
        guard !notices.isEmpty else { return nil }
        var notice = notices.removeFirst()
        notice.cursor = cursor
        guard let job = notice.jobID else { return notice }
        let isUnfinished = remaining?.contains(job) ?? (told[job] != nil || places.contains(job))
        return isUnfinished ? notice : notice.withoutJob
    }

    /// Whether its job may be told about: not if it was named and has ended.
    private func isOpen(_ event: JobEvent) -> Bool {
        guard let remaining, let job = event.jobID else { return true }
        return remaining.contains(job)
    }

    private func isOutdated(_ event: JobEvent) -> Bool {
        guard let job = event.jobID, let last = told[job], event.status == JobState.processing.wireStatus else {
            return false
        }
        return (event.attempt, event.progress ?? 0) < (last.attempt, last.percent)
    }

    private mutating func remembering(_ event: JobEvent) -> JobEvent {
        guard let job = event.jobID else { return event }
        if event.isFinal {
            remaining?.remove(job)
            told[job] = nil
            places.drop(job)
        } else if event.status == JobState.processing.wireStatus {
            told[job] = (event.attempt, event.progress ?? 0)
            if told.count > limits.told, let other = told.keys.first(where: { $0 != job }) { told[other] = nil }
            places.drop(job)
        } else if let position = event.position {
            places.note(position, of: job)
            // An old place: what has moved since was not counted for it.
            if observed > cursor.sequence { places.outdate() }
        }
        return event
    }
}

extension JobEvent {
    /// The same event as one about no job.
    fileprivate var withoutJob: JobEvent {
        JobEvent(kind: kind, isFinal: isFinal, cursor: cursor, at: at, jobID: nil, owner: owner, failure: failure)
    }
}
