/// The caller's side of the queue, over a store: alone enough for a server that only submits and watches.
///
/// Pictures are drawn by an ``ImageWorker``, in this process or another one that opens the same store. Where the calling
/// task is cancelled, each operation may throw `CancellationError` as ``JobQueue`` says.
public final class ImageQueue: JobQueue {
    /// Where everything is kept.
    public let store: any JobStore
    let hub: EventHub
    let clock: any Clock<Duration>

    /// A queue over a store. Starts nothing.
    ///
    /// - Parameter clock: Measures how often watchers are told new places in the queue.
    public init(store: any JobStore, clock: any Clock<Duration> = ContinuousClock()) {
        self.store = store
        self.clock = clock
        self.hub = EventHub { try await store.observe($0) }
    }

    /// Stores one job and its message.
    ///
    /// - Throws: ``QueueError``: `invalid_request`, `reserved_key`, `key_conflict`, `queue_full`, `store_unavailable`.
    public func submit(_ submission: Submission) async throws -> SubmitReceipt {
        guard let receipt = try await submit([submission]).first else {
            throw QueueError(code: .storeUnavailable, message: "The store answered a submission without a receipt.")
        }
        return receipt
    }

    /// Stores jobs and their messages, all or none; more than one share a batch id.
    ///
    /// - Throws: as for a single one; then nothing was stored.
    public func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt] {
        guard !submissions.isEmpty else { return [] }
        for submission in submissions { try submission.validate() }
        return try await store.submit(submissions)
    }

    /// How a job stands; `nil` if there is none or it isn't the requester's.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func status(of job: JobID, as requester: Requester = .operator) async throws -> Job? {
        try await store.job(job, as: requester)
    }

    /// Jobs that match, newest first, at most `limit` (1…500) from where `after` ended.
    ///
    /// - Throws: ``QueueError``: `invalid_request` for a limit out of range, `store_unavailable`.
    public func list(
        _ filter: JobFilter = JobFilter(),
        as requester: Requester = .operator,
        after: PageToken? = nil,
        limit: Int = 50
    ) async throws -> JobPage {
        try FieldRule.range("limit", limit, 1...500)
        return try await store.jobs(matching: filter, as: requester, after: after, limit: limit)
    }

    /// How many jobs there are in each state: an owner's, or with `nil` all that the requester may see. A store in SQLite counts
    /// a million in the time of ten.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func counts(of owner: Owner? = nil, as requester: Requester = .operator) async throws -> JobCounts {
        try await store.counts(of: owner, as: requester)
    }

    /// Asks that a job end. The outcome is true at the moment of the answer; ``CancelOutcome/requested(stillDrawing:)``
    /// is confirmed by the job's final event.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func cancel(
        _ job: JobID,
        mode: CancelMode = .now,
        as requester: Requester = .operator
    ) async throws -> CancelOutcome {
        try await store.cancel(job, mode: mode, as: requester)
    }

    /// Asks that every unfinished job that matches end.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func cancel(
        matching filter: JobFilter,
        mode: CancelMode = .now,
        as requester: Requester = .operator
    ) async throws -> [JobID: CancelOutcome] {
        try await store.cancel(matching: filter, mode: mode, as: requester)
    }

    /// Submits the request of a job that failed or was cancelled again: as a new job with a new message.
    ///
    /// The request, its seed resolved, the conversation, the owner and the priority are the same; a delay, a deadline and
    /// a batch are not taken over, the pictures that it starts from are. The new job and its message name the old one
    /// (`retry_of`), which stays as it is.
    ///
    /// - Throws: ``QueueError``: `not_found` if there is no such job or it isn't the requester's; `invalid_request` if it
    ///   has not ended, is complete, or its request is not known (``Job/isRequestKnown``); `queue_full`;
    ///   `store_unavailable`.
    public func retry(_ job: JobID, as requester: Requester = .operator) async throws -> SubmitReceipt {
        guard let old = try await store.job(job, as: requester) else { throw Self.noSuchJob(job) }
        return try await submitAnew(Submission(retrying: old), inputsOf: old)
    }

    /// Submits a known job's request once more, whatever became of it: as a new job with a new message.
    ///
    /// The conversation, the owner and the priority are the same; a delay, a deadline and a batch are not taken over. The
    /// new message names the old job (`again_of`), which stays as it is.
    ///
    /// - Throws: ``QueueError``: `not_found` if there is no such job or it isn't the requester's; `invalid_request` if it
    ///   has no such picture, or its request is not known (``Job/isRequestKnown``); `queue_full`; `store_unavailable`.
    public func again(
        _ job: JobID,
        _ redraw: Redraw = .sameSeed,
        as requester: Requester = .operator
    ) async throws -> SubmitReceipt {
        guard let old = try await store.job(job, as: requester) else { throw Self.noSuchJob(job) }
        return try await submitAnew(Submission(of: old, redrawing: redraw), inputsOf: old)
    }

    private func submitAnew(_ submission: Submission, inputsOf old: Job) async throws -> SubmitReceipt {
        var submission = submission
        if !submission.request.inputs.isEmpty {
            submission.inputs = try await store.inputs(of: old.id, as: .operator)
            guard Set(submission.inputs.map(\.image)) == Set(submission.request.inputs) else {
                let message = "The picture that the job \(old.id) starts from is no longer kept."
                throw QueueError(code: .invalidRequest, message: message)
            }
        }
        return try await submit(submission)
    }

    /// The registered workers, the dead that nobody has swept up among them.
    ///
    /// - Throws: ``QueueError``: `not_permitted` for an owner; `store_unavailable`.
    public func workers(as requester: Requester = .operator) async throws -> [WorkerStatus] {
        try requester.requireOperator()
        return try await store.workers()
    }

    /// The backends that registered workers name, that are held, or that are drained.
    ///
    /// - Throws: ``QueueError``: `not_permitted` for an owner; `store_unavailable`.
    public func backends(as requester: Requester = .operator) async throws -> [BackendStatus] {
        try requester.requireOperator()
        return try await store.backends()
    }

    /// Lets a backend take no other job, also over restarts, until ``add(_:as:)``. The job that is drawn there is drawn to
    /// its end; one that is reserved goes back.
    ///
    /// - Throws: ``QueueError``: `not_found` for a backend that ``backends(as:)`` does not tell of; `not_permitted` for an
    ///   owner; `store_unavailable`.
    public func drain(_ backend: BackendID, as requester: Requester = .operator) async throws {
        try requester.requireOperator()
        try await store.setDraining(true, backend: backend)
    }

    /// Puts a drained backend back to work, at once, whatever was known of its failures. One that is at work stays so, and
    /// is tried at once if it was left alone because it failed.
    ///
    /// - Throws: as ``drain(_:as:)``.
    public func add(_ backend: BackendID, as requester: Requester = .operator) async throws {
        try requester.requireOperator()
        try await store.setDraining(false, backend: backend)
    }

    /// Holds back claims, also over restarts, until ``resume(as:)``. What is being drawn is finished.
    ///
    /// - Throws: ``QueueError``: `not_permitted` for an owner; `store_unavailable`.
    public func pause(as requester: Requester = .operator) async throws {
        try requester.requireOperator()
        try await store.setPaused(true)
    }

    /// Lets claims go on.
    ///
    /// - Throws: ``QueueError``: `not_permitted` for an owner; `store_unavailable`.
    public func resume(as requester: Requester = .operator) async throws {
        try requester.requireOperator()
        try await store.setPaused(false)
    }

    /// The messages of conversations.
    public var conversations: Conversations { Conversations(store: store) }

    static func noSuchJob(_ job: JobID) -> QueueError {
        QueueError(code: .notFound, message: "There is no job \(job).")
    }
}
