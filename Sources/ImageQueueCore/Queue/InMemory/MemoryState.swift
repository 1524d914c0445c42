internal import ImageQueueConcurrency

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Everything that an ``InMemoryJobStore`` holds: a plain value without clocks or locks.
///
/// A verb checks all that could refuse it before it changes anything, so each happens whole or not at all.
struct MemoryState: Sendable {
    let rules: InMemoryStoreConfiguration
    let logIdentity: String
    var isPaused = false { didSet { isWorthALook = isWorthALook || isPaused != oldValue } }

    /// The jobs that are kept, oldest first.
    private(set) var jobIDs: [JobID] = []
    private(set) var jobs: [JobID: JobRecord] = [:]
    /// What stays of those that were removed.
    private(set) var pruned: [JobID: PrunedJob] = [:]
    private(set) var order = JobOrder()
    private var idsBySeq: [Int64: JobID] = [:]
    private var lastJobSeq: Int64 = 0

    // Messages are never removed: the message of key `id` stands at `messages[id - 1]`.
    var messages: [Message] = []
    var conversations: [ConversationID: [MessageID]] = [:]
    var submitKeys: [SubmitKey: KeptReceipt] = [:]
    var replyKeys: [ReplyKey: MessageID] = [:]

    var workers: [WorkerID: WorkerRecord] = [:]
    var backends: [BackendID: WorkerID] = [:] { didSet { isWorthALook = isWorthALook || backends != oldValue } }
    /// What the holders of backends told last.
    var reports: [BackendID: BackendReport] = [:]
    var additions: [BackendID: Int] = [:] { didSet { isWorthALook = isWorthALook || additions != oldValue } }
    var drained: Set<BackendID> = [] { didSet { isWorthALook = isWorthALook || drained != oldValue } }
    /// The workers whose process lives, as far as anybody knows:
    /// those that hung and were swept off the list among them.
    var processes: Set<WorkerID> = []
    /// What lost workers may have been drawing on a backend, oldest first.
    var orphans: [BackendID: [DrawingTask.ID]] = [:]
    /// How many attempts were taken from lost workers since this was last told.
    var leasesTaken = 0
    /// The attempts that were taken from lost workers, oldest first.
    var lostAttempts: [LostAttempt] = []

    /// The log, but for what was pruned: the event of number `n` stands at `events[n - prunedThrough - 1]`.
    private(set) var events: [JobEvent] = []
    private(set) var prunedThrough: Int64 = 0
    /// The last event that has been handed to observers.
    var takenThrough: Int64 = 0
    /// Jobs whose progress has changed since it was last handed to observers.
    var progressChanged: Set<JobID> = []
    /// Whether something changed that no event tells, such as a wish to cancel: observers look all the same.
    var isWorthALook = false
    /// What a job takes of late.
    var usualDrawing: Duration?

    init(rules: InMemoryStoreConfiguration) {
        self.rules = rules
        var generator = SystemChance()
        logIdentity = String(generator.next() as UInt64, radix: 16)
    }

    var nextJobSeq: Int64 { lastJobSeq + 1 }

    func job(seq: Int64) -> JobRecord? { idsBySeq[seq].flatMap { jobs[$0] } }

    /// The job that this very attempt holds.
    ///
    /// - Throws: `stale_lease`.
    func held(_ lease: Lease) throws -> JobRecord {
        guard let job = jobs[lease.job], job.isHeld(by: lease) else { throw Self.stale(lease.job) }
        return job
    }

    mutating func insert(_ job: JobRecord) {
        lastJobSeq = job.seq
        jobIDs.append(job.id)
        idsBySeq[job.seq] = job.id
        jobs[job.id] = job
        order.insert(job)
    }

    /// Forgets jobs that have ended; their messages and pictures stay.
    mutating func remove(_ old: [JobRecord]) {
        for job in old {
            pruned[job.id] = PrunedJob(messageID: job.messageID, createdAt: job.createdAt, images: job.images)
            jobs[job.id] = nil
            idsBySeq[job.seq] = nil
        }
        if !old.isEmpty { jobIDs.removeAll { jobs[$0] == nil } }
    }

    mutating func append(_ event: JobEvent) { events.append(event) }

    /// Forgets the oldest events: whoever comes with an older place starts over.
    mutating func forgetEvents(_ count: Int) {
        events.removeFirst(count)
        prunedThrough += Int64(count)
    }

    /// Writes a job back; every order that it stands in follows.
    mutating func save(_ job: JobRecord) {
        if let old = jobs[job.id] { order.remove(old) }
        jobs[job.id] = job
        order.insert(job)
    }

    /// Takes the order key that is next for this owner.
    mutating func takeOrderKey(_ owner: Owner, _ priority: Priority) -> Int64 {
        order.takeKey(owner, priority)
    }

    /// A job that was taken before its turn brings no turn on: whoever is new then would stand behind all that wait.
    mutating func advanceVirtualTime(past job: JobRecord, takenBy scope: WorkerScope?) {
        guard job.lane == nil else { return }
        var key = job.orderKey
        if scope?.takesTurns == false {
            let first = order.places(inLane: nil).first { place in
                place.priority == job.priority && self.job(seq: place.seq)?.lease == nil
            }
            key = min(key, first?.orderKey ?? key)
        }
        order.advanceVirtualTime(job.priority, to: key)
    }

    static func stale(_ job: JobID) -> QueueError {
        QueueError(code: .staleLease, message: "The job \(job) is no longer held by this attempt.")
    }
}
