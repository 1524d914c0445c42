/// Where jobs, messages, events and what is known of pictures are kept.
///
/// Every method is one domain verb and atomic: it happens whole or not at all, and what it answers is durable by then.
/// Times are given as durations, never as instants of another machine's clock. Implementations obey ``JobLifecycle``,
/// and prove it by the laws in `ImageQueueTesting`.
///
/// Every method throws ``QueueError``: `store_unavailable` where the store itself fails, `store_damaged` where its file
/// is damaged and no second try helps, `closed` after it was closed, and what its own line says. One that only reads
/// may throw `CancellationError` where its task is cancelled. One that writes is carried out and answered all the same;
/// only before it writes, as ``cancel(matching:mode:as:)`` and ``register(_:)`` may read first, it may throw that, and
/// then has changed nothing.
public protocol JobStore: Sendable {
    // MARK: Callers

    /// Stores jobs with their messages, all or none, and tells QUEUED for each.
    ///
    /// Submissions are validated by the caller. More than one job share a batch id. A key that was used gives the first
    /// receipt again, for as long as the store keeps keys (a day, and until the job has ended).
    ///
    /// - Throws: `key_conflict` if a key was used for something else; `queue_full` at a limit.
    func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt]

    /// The job, with position, progress and pictures; `nil` if there is none or it isn't the requester's.
    func job(_ id: JobID, as requester: Requester) async throws -> Job?

    /// The pictures that a job's request names, each once, whole; none if it names none, there is no such job, or it
    /// isn't the requester's. One that was damaged or removed by something else is left out.
    ///
    /// They are kept with the job, and durable since ``submit(_:)``. Up to 64 MiB are read:
    /// never on the path of a claim.
    func inputs(of job: JobID, as requester: Requester) async throws -> [InputFile]

    /// Jobs that match, newest first, at most `limit` (1…500) from where `after` ended.
    func jobs(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> JobPage

    /// How many jobs there are in each state, as they would be listed: an owner's, or with `nil` all that the requester
    /// may see. Of another owner's there are none.
    func counts(of owner: Owner?, as requester: Requester) async throws -> JobCounts

    /// Stores the wish that a job end. A job that nobody alive holds ends at once.
    ///
    /// A wish for ``CancelMode/now`` replaces an earlier one for ``CancelMode/afterPicture``, and never the other way
    /// round.
    func cancel(_ id: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome

    /// Stores the wish for every unfinished job that matches now; answers how each stands then.
    ///
    /// Atomic for each job, not for all of them: a store may take many in several steps, so that others get their turn
    /// in between. What fails in between leaves some cancelled; to ask again is safe.
    func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome]

    /// Whether claims are held back; durable.
    func setPaused(_ paused: Bool) async throws

    /// Whether claims are held back.
    func isPaused() async throws -> Bool

    // MARK: Messages

    /// Appends a message; with a key, the same owner, conversation and key give the first message again.
    func append(_ message: NewMessage, key: String?) async throws -> Message

    /// A conversation's messages in the order of their ids, those after `after`, at most `limit` (1…1000).
    func messages(
        of conversation: ConversationID,
        as requester: Requester,
        after: MessageID?,
        limit: Int
    ) async throws -> [Message]

    /// One message; `nil` if there is none or it isn't the requester's.
    func message(_ id: MessageID, as requester: Requester) async throws -> Message?

    /// Changes a message's text, where given, and merges `patch` (RFC 7396) into its metadata.
    ///
    /// - Throws: `not_found`; `reserved_key` for a key that only the queue writes.
    func updateMessage(
        _ id: MessageID,
        content: String?,
        merging patch: Metadata,
        as requester: Requester
    ) async throws -> Message

    // MARK: Workers

    /// Registers a worker and proves its life until ``unregister(_:)`` or the process's end.
    ///
    /// A worker that was on the list and lives no more begins anew: what its former life held is void.
    /// Registered again through the same store, one that lives goes on as it is now told.
    ///
    /// - Throws: `store_unavailable` where a worker of that id lives in another process, or through another store of
    ///   this one, and for an id that the store can't take: one in SQLite takes 1 to 128 of A-Z a-z 0-9 - _ . without a
    ///   dot in front. Its `StoreError` (`worker_exists`, `invalid_path`) is the cause.
    func register(_ worker: WorkerRegistration) async throws

    /// Takes a worker off the list; what it still holds is offered again, as released, and its backends may go on with
    /// it (see ``orphans(on:)``).
    func unregister(_ worker: WorkerID) async throws

    /// The registered workers, the dead that nobody has swept up among them.
    func workers() async throws -> [WorkerStatus]

    /// Takes the hold of a backend, or keeps it; `false` while another live worker holds it.
    func holdBackend(_ backend: BackendID, for worker: WorkerID) async throws -> Bool

    /// Gives a backend up.
    func releaseBackend(_ backend: BackendID, by worker: WorkerID) async throws

    /// The backends that registered workers name, that are held, or that are drained, by their names.
    func backends() async throws -> [BackendStatus]

    /// Whether a backend takes no job until it is added again; durable.
    ///
    /// No job is taken for a draining backend, and a reserved one there has to go back; one that was begun goes on to
    /// its end.
    ///
    /// - Throws: `not_found` for a backend that ``backends()`` does not tell of; nothing was changed.
    func setDraining(_ draining: Bool, backend: BackendID) async throws

    /// What a worker is to know of a backend before it takes a job for it.
    func brief(on backend: BackendID) async throws -> BackendBrief

    /// Writes down what a backend's holder tells of it, in the place of what it told before; of others nothing is
    /// written. It is forgotten with the hold, and need not survive a power loss.
    func note(_ report: BackendReport, on backend: BackendID, by worker: WorkerID) async throws

    /// The pictures that a backend may still be at though nobody waits for them, oldest first: those that workers now
    /// dead or hung may have sent, and those noted by ``noteOrphan(_:on:)``.
    ///
    /// Of each lost attempt the first three that are missing: a worker is at most two pictures ahead of the first that
    /// it has not stored.
    func orphans(on backend: BackendID) async throws -> [DrawingTask.ID]

    /// Notes that a backend may go on with what its worker waits for no longer. Idempotent.
    func noteOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws

    /// Notes that a backend no longer works on an orphan.
    func forgetOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws

    /// Attempts that were taken from workers whose process is gone by now, at most `limit`: files may be left of them.
    ///
    /// An attempt of a worker that hung is told only once its process is gone: until then it removes its own files.
    func remains(limit: Int) async throws -> [AttemptRemains]

    /// Notes that nothing is left of an attempt.
    func forgetRemains(_ remains: AttemptRemains) async throws

    /// Prolongs all that a worker holds by its lease's duration; `false` if the worker is no longer registered, or has
    /// been told that its lease is lost.
    func renew(_ worker: WorkerID) async throws -> Bool

    /// Takes the next job, after settling what is overdue; `nil` if there is none, the queue is paused, or the backend
    /// draining or not as ``ClaimRequest/ifStill`` has it: on that a worker relies, in the same step, not to send a job
    /// behind an orphan. Also `nil` if the chosen job is a suspect and the worker holds another: a suspect is run
    /// alone, and hands that took what stands behind it would never be empty. A job whose deadline has passed is not
    /// offered. One that this version can't read is set aside as failed (`unreadable`), and the next one is taken.
    ///
    /// - Throws: `stale_lease` if the worker is not registered any more, or its lease is over or about to be: it then
    ///   registers anew.
    func claim(_ request: ClaimRequest) async throws -> ClaimedJob?

    /// Begins a reserved job's attempt.
    ///
    /// - Throws: `stale_lease` if it is no longer held, or is to be cancelled, or the worker's lease is about to end.
    func begin(_ lease: Lease) async throws

    /// Whether a lease is held, to be cancelled, or lost.
    ///
    /// A worker that could not renew in time is told `lost` a little before others may take what it holds, also where
    /// the store can't be written or read; once told, it stays so until the worker registers anew.
    func standing(of lease: Lease) async throws -> LeaseStanding

    /// Writes down how far an attempt is. Need not survive a power loss.
    ///
    /// - Throws: `stale_lease`.
    func report(_ progress: JobProgress, for lease: Lease) async throws

    /// Writes down a picture whose file is whole, before the job is complete.
    ///
    /// - Throws: `stale_lease`; the caller then removes the file.
    func record(_ image: GeneratedImage, for lease: Lease) async throws

    /// Ends an attempt and, in the same transaction, begins a reserved one and takes or reserves a next one.
    ///
    /// - Parameters:
    ///   - lease: The attempt that ends.
    ///   - ending: How.
    ///   - beginning: A reserved job of the same worker whose request has gone out.
    ///   - next: A wish for another job; it is granted or not, and never undoes the ending.
    /// - Throws: `stale_lease` if `lease` is no longer the job's; nothing was changed.
    func settle(
        _ lease: Lease,
        as ending: AttemptEnding,
        beginning: Lease?,
        then next: ClaimRequest?
    ) async throws -> Settlement

    /// Settles what is overdue; answers how many jobs changed. The dead and the hung lose what they hold; of deadlines,
    /// starts and priorities raised after a long wait at most 100 each are seen to at a time.
    ///
    /// Reads of jobs do so as well. Where processes share a store,
    /// one that observes it has it done within about a second.
    @discardableResult
    func sweep() async throws -> Int

    /// Removes finished jobs and logged events that are older than `age`, at most about `limit` of each, and fewer jobs
    /// where much goes with them, so that no caller waits long; answers whether more may be left.
    ///
    /// Messages and pictures stay, and ``job(_:as:)`` answers about a removed job from them.
    func prune(olderThan age: Duration, limit: Int) async throws -> Bool

    // MARK: Watching

    /// The unfinished or named jobs that match, and the place in the log at which they stood so: the newest `limit` of
    /// those that are older than where `after` ended.
    ///
    /// A page is read at one moment, each page at its own. No later page holds a job that is newer than the first page.
    func snapshot(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> StoreSnapshot

    /// Logged events that match, after a place in the log, oldest first, at most `limit`.
    ///
    /// Answers `nil` if that place is of another log, in the future, or older than what is kept.
    func events(
        after cursor: EventCursor,
        matching filter: JobFilter,
        as requester: Requester,
        limit: Int
    ) async throws -> [JobEvent]?

    /// Calls `deliver`, on a thread of the store's own, after commits of this and every other process, with what is
    /// new: each logged event once, in order, and the newest progress of each job.
    ///
    /// `deliver` must return quickly and not block.
    /// The observation begins where the log stands when this returns, and ends when it is cancelled, or with a delta
    /// that tells of damage (``StoreDelta/damage``).
    func observe(_ deliver: @escaping @Sendable (StoreDelta) -> Void) async throws -> any StoreObservation

    /// Calls `body`, on a thread of the store's own, when something was committed by this or another process, without a
    /// word of what, and so sooner than ``observe(_:)``. Several commits may share a call,
    /// and a call may come for nothing.
    ///
    /// `body` must return quickly and not block.
    func observeChanges(_ body: @escaping @Sendable () -> Void) async throws -> any StoreObservation
}

extension JobStore {
    /// What ``observe(_:)`` makes of it: a call after each delivery.
    public func observeChanges(_ body: @escaping @Sendable () -> Void) async throws -> any StoreObservation {
        try await observe { _ in body() }
    }

    /// The first page of a snapshot: its newest 500 jobs.
    public func snapshot(matching filter: JobFilter, as requester: Requester) async throws -> StoreSnapshot {
        try await snapshot(matching: filter, as: requester, after: nil, limit: 500)
    }
}

/// An observation that can be ended.
public protocol StoreObservation: Sendable {
    /// Where the log stood when the observation began.
    var start: EventCursor { get }
    /// Ends it. A delivery that is under way may still finish. Idempotent.
    func cancel()
}

/// Jobs as they stood at one place in the log.
public struct StoreSnapshot: Sendable, Equatable {
    /// The jobs, oldest first.
    public var jobs: [Job]
    /// The place in the log.
    public var cursor: EventCursor
    /// Hand this in to get the page of older jobs; `nil` after the last.
    public var next: PageToken?

    /// A snapshot.
    public init(jobs: [Job], cursor: EventCursor, next: PageToken? = nil) {
        self.jobs = jobs
        self.cursor = cursor
        self.next = next
    }
}

/// What is new in a store since the last delivery.
public struct StoreDelta: Sendable, Equatable {
    /// Logged events, in order.
    public var events: [JobEvent]
    /// PROGRESS events with the newest state of jobs that are drawn.
    public var progress: [JobEvent]
    /// Where the log stands now; of no log where there is `damage`.
    public var cursor: EventCursor
    /// Whether events are missing before these, which were pruned before they were read: by a process that stood still.
    public var hasGap: Bool
    /// Why the log can't be read any more, whatever is tried, in a sentence: with that the observation has ended.
    public var damage: String?

    /// A delta.
    public init(
        events: [JobEvent] = [],
        progress: [JobEvent] = [],
        cursor: EventCursor,
        hasGap: Bool = false,
        damage: String? = nil
    ) {
        self.events = events
        self.progress = progress
        self.cursor = cursor
        self.hasGap = hasGap
        self.damage = damage
    }
}
