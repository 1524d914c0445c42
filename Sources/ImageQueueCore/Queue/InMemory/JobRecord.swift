#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// All that the in-memory store knows of a job.
struct JobRecord: Sendable {
    let seq: Int64
    let id: JobID
    let messageID: MessageID
    let conversation: ConversationID
    let owner: Owner
    /// The only worker that may draw it; `nil` for any.
    let lane: WorkerID?
    let request: ImageRequest
    /// The pictures that it names, in the order of their hashes.
    let inputs: [InputFile]
    let batch: JobID?
    let retryOf: JobID?
    let createdAt: Date
    /// By when its drawing must begin; `nil` for never, and once it has begun.
    var deadline: Date?
    /// When its wait for a backend began: at submit, or when its delay was over.
    let queuedAt: Date

    var priority: Priority
    var isRaised = false
    var orderKey: Int64
    var lifecycle: JobLifecycle
    /// When a scheduled job may start.
    var notBefore: Date?
    var lease: Lease?
    var startedAt: Date?
    var finishedAt: Date?
    /// When drawing began on the monotonic clock: what a duration is measured from.
    var begunAt: Duration?
    var progress: JobProgress?
    var images: [GeneratedImage] = []
    var failure: JobFailure?

    /// Whether this very attempt holds the job.
    func isHeld(by lease: Lease) -> Bool { lifecycle.isHeld && self.lease == lease }

    var place: QueuePlace { QueuePlace(priority: priority, orderKey: orderKey, seq: seq) }

    /// Whether it waits and nobody holds it.
    var isWaiting: Bool { lifecycle.state == .queued && !lifecycle.isHeld }

    /// Whether it waits and may still begin: a sweep ends only so many of those whose deadline has passed at once.
    func mayBegin(at now: StoreMoment) -> Bool { isWaiting && deadline.map { $0 > now.wall } ?? true }
}

/// A job's place in its lane's order.
struct QueuePlace: Sendable, Hashable, Comparable {
    let priority: Priority
    let orderKey: Int64
    let seq: Int64

    static func < (left: QueuePlace, right: QueuePlace) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        return (left.orderKey, left.seq) < (right.orderKey, right.seq)
    }
}

/// A job and a moment that concerns it.
struct TimedJob: Sendable, Hashable, Comparable {
    let at: Date
    let seq: Int64

    static func < (left: TimedJob, right: TimedJob) -> Bool { (left.at, left.seq) < (right.at, right.seq) }
}
