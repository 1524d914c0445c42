extension ImageQueue {
    /// What happens to jobs that match: how they stand now, then every change, in order.
    ///
    /// With `after`, the logged events after that place come first, or RESET and how things stand where they are no
    /// longer known. Of a filter's states only how things stand takes notice.
    ///
    /// - Throws: ``QueueError``: `not_found` if a named job doesn't exist or isn't the requester's;
    ///   `store_unavailable`.
    public func events(
        matching filter: JobFilter,
        as requester: Requester = .operator,
        after: EventCursor? = nil
    ) async throws -> JobEvents {
        let watcher = Watcher(
            filter: filter,
            members: try await members(of: filter.batch, as: requester),
            requester: requester,
            buffer: after.map { WatchBuffer(cursor: $0, remaining: filter.jobs, isBehind: true) }
                ?? WatchBuffer(remaining: filter.jobs),
            clock: clock
        )
        let session = WatchSession(watcher: watcher, hub: hub, store: store)
        try await hub.add(watcher)
        let known = if after == nil { try await session.begin() } else { try await session.resume() }
        if let missing = filter.jobs?.subtracting(known).min() { throw Self.noSuchJob(missing) }
        return JobEvents(session: session)
    }

    /// The place in the present log that a number names: what a person types who has seen the number alone.
    ///
    /// A number that is no longer kept, or not reached yet, is a place too: a watch from there begins with RESET.
    ///
    /// - Throws: ``QueueError``: `invalid_request` for a negative number; `store_unavailable`.
    public func cursor(atSequence sequence: Int64) async throws -> EventCursor {
        try FieldRule.range("sequence", sequence, 0...Int64.max)
        let here = try await store.snapshot(matching: JobFilter(jobs: []), as: .operator, after: nil, limit: 1).cursor
        return EventCursor(log: here.log, sequence: sequence)
    }

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
        let watcher = events.session.watcher
        return callback.start(reading: events) { [hub] in hub.tell($0, except: watcher) }
    }

    /// The jobs of a batch, which never change: an event doesn't say which batch its job is of.
    private func members(of batch: JobID?, as requester: Requester) async throws -> Set<JobID>? {
        guard let batch else { return nil }
        var members: Set<JobID> = []
        var token: PageToken?
        repeat {
            let page = try await store.jobs(
                matching: JobFilter(batch: batch),
                as: requester,
                after: token,
                limit: 500
            )
            members.formUnion(page.jobs.map(\.id))
            token = page.next
        } while token != nil
        return members
    }
}
