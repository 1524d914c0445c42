/// What a caller sees of the queue.
///
/// Every method answers soon: drawing happens elsewhere. All of them throw ``QueueError``: what their own lines say,
/// `closed` once the store was closed, and `store_damaged` wherever `store_unavailable` may come.
///
/// One that only reads may throw `CancellationError` where its task is cancelled. One that writes is carried out and
/// answered all the same; only while it still reads, as ``retry(_:as:)``, ``again(_:_:as:)`` and
/// ``cancel(matching:mode:as:)`` do first, it throws `CancellationError`, and then has changed nothing.
public protocol JobQueue: Sendable {
    /// Stores one job and its message.
    ///
    /// - Throws: `invalid_request`, `reserved_key`, `key_conflict`, `queue_full`, `store_unavailable`.
    func submit(_ submission: Submission) async throws -> SubmitReceipt

    /// Stores jobs and their messages, all or none; more than one share a batch id.
    ///
    /// - Throws: as ``submit(_:)-(Submission)``; then nothing was stored.
    func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt]

    /// How a job stands; `nil` if there is none or it isn't the requester's.
    ///
    /// - Throws: `store_unavailable`; or `CancellationError`.
    func status(of job: JobID, as requester: Requester) async throws -> Job?

    /// Jobs that match, newest first, at most `limit` (1…500) from where `after` ended.
    ///
    /// - Throws: `invalid_request` for a limit out of range, `store_unavailable`; or `CancellationError`.
    func list(
        _ filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> JobPage

    /// How many jobs there are in each state: an owner's, or with `nil` all that the requester may see.
    ///
    /// - Throws: `store_unavailable`; or `CancellationError`.
    func counts(of owner: Owner?, as requester: Requester) async throws -> JobCounts

    /// Asks that a job end; the outcome is true at the moment of the answer.
    ///
    /// - Throws: `store_unavailable`.
    func cancel(_ job: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome

    /// Asks that every unfinished job that matches end.
    ///
    /// - Throws: `store_unavailable`: some may have been cancelled by then, and to ask again is safe;
    ///   or `CancellationError`.
    func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome]

    /// What happens to jobs that match: how they stand now, then every change, in order.
    ///
    /// With `after`, the logged events after that place come first, or RESET where they are no longer known.
    ///
    /// - Throws: `not_found` if a named job doesn't exist or isn't the requester's; `store_unavailable`; or
    ///   `CancellationError`.
    func events(
        matching filter: JobFilter,
        as requester: Requester,
        after: EventCursor?
    ) async throws -> JobEvents

    /// Submits the request of a job that failed or was cancelled again: as a new job with a new message.
    ///
    /// - Throws: `not_found`, `invalid_request`, `queue_full`, `store_unavailable`; or `CancellationError`.
    func retry(_ job: JobID, as requester: Requester) async throws -> SubmitReceipt

    /// Submits a known job's request once more, whatever became of it: as a new job with a new message.
    ///
    /// - Throws: `not_found`, `invalid_request`, `queue_full`, `store_unavailable`; or `CancellationError`.
    func again(_ job: JobID, _ redraw: Redraw, as requester: Requester) async throws -> SubmitReceipt

    /// The registered workers.
    ///
    /// - Throws: `not_permitted` for an owner; `store_unavailable`; or `CancellationError`.
    func workers(as requester: Requester) async throws -> [WorkerStatus]

    /// The backends that registered workers name, that are held, or that are drained.
    ///
    /// - Throws: `not_permitted` for an owner; `store_unavailable`; or `CancellationError`.
    func backends(as requester: Requester) async throws -> [BackendStatus]

    /// Lets a backend take no other job, also over restarts, until ``add(_:as:)``. What is being drawn is finished.
    ///
    /// - Throws: `not_found` for an unknown backend; `not_permitted` for an owner; `store_unavailable`.
    func drain(_ backend: BackendID, as requester: Requester) async throws

    /// Puts a drained backend back to work.
    ///
    /// - Throws: as ``drain(_:as:)``.
    func add(_ backend: BackendID, as requester: Requester) async throws

    /// Holds back claims, also over restarts, until ``resume(as:)``. What is being drawn is finished.
    ///
    /// - Throws: `not_permitted` for an owner; `store_unavailable`.
    func pause(as requester: Requester) async throws

    /// Lets claims go on.
    ///
    /// - Throws: `not_permitted` for an owner; `store_unavailable`.
    func resume(as requester: Requester) async throws
}
