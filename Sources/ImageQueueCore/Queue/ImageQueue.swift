/// The caller's side of the queue, over a store: alone enough for a server that only submits and watches.
///
/// Pictures are drawn by an ``ImageWorker``, in this process or another one that opens the same store.
public final class ImageQueue: JobQueue {
    /// Where everything is kept.
    public let store: any JobStore
    private let hub: EventHub

    /// A queue over a store. Starts nothing.
    public init(store: any JobStore) {
        self.store = store
        self.hub = EventHub(store: store)
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

    /// What happens to jobs that match: how they stand now, then every change, in order.
    ///
    /// With `after`, the logged events after that place come first, or RESET and a snapshot where they are no longer
    /// known.
    ///
    /// - Throws: ``QueueError``: `not_found` if a named job doesn't exist or isn't the requester's;
    ///   `store_unavailable`.
    public func events(
        matching filter: JobFilter,
        as requester: Requester = .operator,
        after: EventCursor? = nil
    ) async throws -> JobEvents {
        let before = try await store.snapshot(matching: filter, as: requester)
        if let missing = filter.jobs?.subtracting(before.jobs.map(\.id)).min() {
            throw QueueError(code: .notFound, message: "There is no job \(missing).")
        }
        let watcher = Watcher(
            filter: filter,
            members: filter.batch == nil ? nil : Set(before.jobs.map(\.id)),
            requester: requester,
            buffer: WatchBuffer(
                cursor: after ?? before.cursor,
                remaining: filter.jobs,
                isBehind: after != nil
            )
        )
        try await hub.add(watcher)
        let events = JobEvents(watcher: watcher, hub: hub, store: store, namesJobs: filter.jobs != nil)
        if after == nil {
            let snapshot = try await store.snapshot(matching: filter, as: requester)
            watcher.change { $0.present(snapshot, telling: nil, isEnding: filter.jobs != nil) }
        }
        return events
    }

    /// Holds back claims, also over restarts, until ``resume()``. What is being drawn is finished.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func pause() async throws { try await store.setPaused(true) }

    /// Lets claims go on.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`.
    public func resume() async throws { try await store.setPaused(false) }

    /// Calls `callback` with each event of jobs that match, until the registration is cancelled.
    ///
    /// A callback can't hurt the queue: see ``SafeCallback``.
    ///
    /// - Throws: as ``events(matching:as:after:)``.
    public func onEvents(
        matching filter: JobFilter = JobFilter(),
        as requester: Requester = .operator,
        call callback: SafeCallback
    ) async throws -> CallbackRegistration {
        let events = try await events(matching: filter, as: requester, after: nil)
        let watcher = events.watcher
        return callback.start(reading: events) { [hub] in hub.tell($0, except: watcher) }
    }

    /// The messages of conversations.
    public var conversations: Conversations { Conversations(store: store) }
}
