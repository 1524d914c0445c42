#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Everything that an ``InMemoryJobStore`` holds: a plain value without clocks or locks.
///
/// A verb checks all that could refuse it before it changes anything, so each happens whole or not at all.
struct MemoryState: Sendable {
    let rules: InMemoryStoreConfiguration
    let logIdentity: String
    var isPaused = false

    // Jobs are never removed: the job of number `seq` stands at `jobIDs[seq - 1]`.
    private(set) var jobIDs: [JobID] = []
    private(set) var jobs: [JobID: JobRecord] = [:]
    private(set) var order = JobOrder()

    // Messages neither: the message of key `id` stands at `messages[id - 1]`.
    var messages: [Message] = []
    var conversations: [ConversationID: [MessageID]] = [:]
    var submitKeys: [SubmitKey: KeptReceipt] = [:]
    var replyKeys: [ReplyKey: MessageID] = [:]

    var workers: [WorkerID: WorkerRecord] = [:]
    var backends: [BackendID: WorkerID] = [:]

    /// The log; the event of number `n` stands at `events[n - 1]`.
    var events: [JobEvent] = []
    /// How much of the log has been handed to observers.
    var eventsTaken = 0
    /// Jobs whose progress has changed since it was last handed to observers.
    var progressChanged: Set<JobID> = []
    /// What a job takes of late.
    var usualDrawing: Duration?

    init(rules: InMemoryStoreConfiguration) {
        self.rules = rules
        var generator = SystemRandomNumberGenerator()
        logIdentity = String(generator.next() as UInt64, radix: 16)
    }

    var nextJobSeq: Int64 { Int64(jobIDs.count) + 1 }

    func job(seq: Int64) -> JobRecord? {
        jobIDs.indices.contains(Int(seq) - 1) ? jobs[jobIDs[Int(seq) - 1]] : nil
    }

    /// The job that this very attempt holds.
    ///
    /// - Throws: `stale_lease`.
    func held(_ lease: Lease) throws -> JobRecord {
        guard let job = jobs[lease.job], job.isHeld(by: lease) else { throw Self.stale(lease.job) }
        return job
    }

    mutating func insert(_ job: JobRecord) {
        jobIDs.append(job.id)
        jobs[job.id] = job
        order.insert(job)
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

    mutating func advanceVirtualTime(past job: JobRecord) {
        order.advanceVirtualTime(past: job)
    }

    static func stale(_ job: JobID) -> QueueError {
        QueueError(code: .staleLease, message: "The job \(job) is no longer held by this attempt.")
    }
}
