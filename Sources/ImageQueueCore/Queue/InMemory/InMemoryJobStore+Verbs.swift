internal import ImageQueueConcurrency

extension InMemoryJobStore: JobStore {
    // MARK: Callers

    /// See ``JobStore/submit(_:)``.
    public func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt] {
        try write { state, now in
            var generator = SystemChance()
            return try state.submit(submissions, using: &generator, at: now)
        }
    }

    /// See ``JobStore/job(_:as:)``.
    public func job(_ id: JobID, as requester: Requester) async throws -> Job? {
        try readSettled { state, _ in
            guard let job = state.jobs[id] else { return state.rememberedJob(id, as: requester) }
            return requester.mayTouch(job.owner) ? state.view(job) : nil
        }
    }

    /// See ``JobStore/inputs(of:as:)``.
    public func inputs(of job: JobID, as requester: Requester) async throws -> [InputFile] {
        read { state, _ in
            guard let job = state.jobs[job], requester.mayTouch(job.owner) else { return [] }
            return job.inputs
        }
    }

    /// See ``JobStore/jobs(matching:as:after:limit:)``.
    public func jobs(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> JobPage {
        try readSettled { state, _ in state.page(matching: filter, as: requester, after: after, limit: limit) }
    }

    /// See ``JobStore/counts(of:as:)``.
    public func counts(of owner: Owner?, as requester: Requester) async throws -> JobCounts {
        try readSettled { state, _ in state.counts(of: owner, as: requester) }
    }

    /// See ``JobStore/cancel(_:mode:as:)``.
    public func cancel(_ id: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome {
        try write { state, now in
            guard let job = state.jobs[id] else {
                return state.rememberedJob(id, as: requester).map { .alreadyEnded($0.state) } ?? .notFound
            }
            guard requester.mayTouch(job.owner) else { return .notFound }
            return try state.cancel([job], mode: mode, at: now)[id] ?? .notFound
        }
    }

    /// See ``JobStore/cancel(matching:mode:as:)``.
    public func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome] {
        var unfinished = filter
        unfinished.states = (filter.states ?? JobFilter.unfinished).intersection(JobFilter.unfinished)
        return try write { [unfinished] state, now in
            try state.cancel(state.records(matching: unfinished, as: requester), mode: mode, at: now)
        }
    }

    /// See ``JobStore/setPaused(_:)``.
    public func setPaused(_ paused: Bool) async throws { try write { state, _ in state.isPaused = paused } }

    /// See ``JobStore/isPaused()``.
    public func isPaused() async throws -> Bool { read { state, _ in state.isPaused } }

    // MARK: Messages

    /// See ``JobStore/append(_:key:)``.
    public func append(_ message: NewMessage, key: String?) async throws -> Message {
        try write { state, now in state.append(message, key: key, at: now) }
    }

    /// See ``JobStore/messages(of:as:after:limit:)``.
    public func messages(
        of conversation: ConversationID,
        as requester: Requester,
        after: MessageID?,
        limit: Int
    ) async throws -> [Message] {
        read { state, _ in state.messages(of: conversation, as: requester, after: after, limit: limit) }
    }

    /// See ``JobStore/message(_:as:)``.
    public func message(_ id: MessageID, as requester: Requester) async throws -> Message? {
        read { state, _ in
            guard let message = state.message(id), requester.mayTouch(message.owner) else { return nil }
            return message
        }
    }

    /// See ``JobStore/updateMessage(_:content:merging:as:)``.
    public func updateMessage(
        _ id: MessageID,
        content: String?,
        merging patch: Metadata,
        as requester: Requester
    ) async throws -> Message {
        try write { state, now in
            try state.updateMessage(id, content: content, merging: patch, as: requester, at: now)
        }
    }

    /// See ``JobStore/prune(olderThan:limit:)``.
    public func prune(olderThan age: Duration, limit: Int) async throws -> Bool {
        try write { state, now in state.prune(olderThan: age, limit: limit, at: now) }
    }

    // MARK: Watching

    /// See ``JobStore/snapshot(matching:as:after:limit:)``.
    public func snapshot(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> StoreSnapshot {
        try readSettled { state, _ in state.snapshot(matching: filter, as: requester, after: after, limit: limit) }
    }

    /// See ``JobStore/events(after:matching:as:limit:)``.
    public func events(
        after cursor: EventCursor,
        matching filter: JobFilter,
        as requester: Requester,
        limit: Int
    ) async throws -> [JobEvent]? {
        read { state, _ in state.events(after: cursor, matching: filter, as: requester, limit: limit) }
    }
}
