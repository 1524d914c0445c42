/// Which jobs come first, and which are due: start-time fair queueing, one lane for all and one for each worker that
/// jobs are reserved for.
struct JobOrder: Sendable {
    /// Every queued job, reserved ones too: to the outside those still wait.
    private var lanes: [WorkerID?: SortedList<QueuePlace>] = [:]
    /// Scheduled jobs by their start.
    private(set) var scheduled = SortedList<TimedJob>()
    /// Jobs that nobody holds by their deadline.
    private(set) var expiring = SortedList<TimedJob>()
    /// Jobs that may yet be raised a priority by the beginning of their wait.
    private(set) var raisable = SortedList<TimedJob>()
    /// Jobs that have not begun: by owner, and in all.
    private var waitingByOwner: [Owner: Int] = [:]
    private(set) var waitingCount = 0

    private var virtualTimes: [Priority: Int64] = [:]
    private var ownerKeys: [OwnerLevel: Int64] = [:]

    private struct OwnerLevel: Hashable {
        let owner: Owner
        let priority: Priority
    }

    mutating func insert(_ job: JobRecord) {
        let state = job.lifecycle.state
        if state == .queued { lanes[job.lane, default: SortedList()].insert(job.place) }
        if state == .scheduled, let start = job.notBefore { scheduled.insert(TimedJob(at: start, seq: job.seq)) }
        if let deadline = job.deadline, !state.isFinal, !job.lifecycle.isHeld {
            expiring.insert(TimedJob(at: deadline, seq: job.seq))
        }
        if Self.isRaisable(job) { raisable.insert(TimedJob(at: job.queuedAt, seq: job.seq)) }
        count(job, by: 1)
    }

    mutating func remove(_ job: JobRecord) {
        if job.lifecycle.state == .queued {
            lanes[job.lane]?.remove(job.place)
            if lanes[job.lane]?.elements.isEmpty == true { lanes[job.lane] = nil }
        }
        if let start = job.notBefore { scheduled.remove(TimedJob(at: start, seq: job.seq)) }
        if let deadline = job.deadline { expiring.remove(TimedJob(at: deadline, seq: job.seq)) }
        raisable.remove(TimedJob(at: job.queuedAt, seq: job.seq))
        count(job, by: -1)
    }

    private static func isRaisable(_ job: JobRecord) -> Bool {
        job.isWaiting && job.lane == nil && !job.isRaised && job.priority < .high
    }

    private mutating func count(_ job: JobRecord, by change: Int) {
        guard job.lifecycle.state == .scheduled || job.lifecycle.state == .queued else { return }
        waitingCount += change
        let count = waitingByOwner[job.owner, default: 0] + change
        waitingByOwner[job.owner] = count == 0 ? nil : count
    }

    func waitingCount(of owner: Owner) -> Int { waitingByOwner[owner] ?? 0 }

    /// The jobs of a lane in their order.
    func places(inLane lane: WorkerID?) -> [QueuePlace] { lanes[lane]?.elements ?? [] }

    /// 1 + the jobs before this place.
    func position(of place: QueuePlace, inLane lane: WorkerID?) -> Int {
        1 + (lanes[lane]?.rank(of: place) ?? 0)
    }

    func virtualTime(_ priority: Priority) -> Int64 { virtualTimes[priority] ?? 0 }

    /// max(the priority's virtual time, the owner's last key + 1): an owner with many jobs gets in nobody's way. Whose
    /// jobs have all left, drawn or not, stands next: places that he gave up are not his debt.
    mutating func takeKey(_ owner: Owner, _ priority: Priority) -> Int64 {
        let level = OwnerLevel(owner: owner, priority: priority)
        let time = virtualTime(priority)
        let last = max(time, ownerKeys[level].map { $0 + 1 } ?? 0)
        let key = waitingCount(of: owner) == 0 ? min(last, time + 1) : last
        ownerKeys[level] = key
        return key
    }

    /// The virtual time is the key of the last job taken, and never goes back for one that had to be taken again.
    mutating func advanceVirtualTime(_ priority: Priority, to key: Int64) {
        virtualTimes[priority] = max(virtualTime(priority), key)
    }
}
