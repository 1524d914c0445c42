public import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/cancel(_:mode:as:)``.
    public func cancel(_ id: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome {
        try await write { [rules] connection in
            guard let row = try connection.jobRow(id) else {
                let pruned = try connection.prunedJob(id, as: requester, template: rules.template)
                return pruned.map { .alreadyEnded($0.state) } ?? .notFound
            }
            guard requester.mayTouch(row.owner) else { return .notFound }
            let now = rules.time.wall()
            let (outcome, dead) = try connection.wish(row, cancelledAs: mode, rules: rules, at: now)
            if let dead { try connection.bury(dead, rules: rules, at: now) }
            return outcome
        }
    }

    /// See ``JobStore/cancel(matching:mode:as:)``. They are looked for by a reader, for that may take long, and
    /// cancelled in several transactions: nobody who writes waits for more than one of those. Jobs that are submitted
    /// meanwhile are not meant.
    public func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome] {
        var filter = filter
        filter.states = (filter.states ?? JobFilter.unfinished).intersection(JobFilter.unfinished)
        let found = try await read { [filter] in try $0.unfinishedJobs(filter, as: requester) }
        // What was found may have changed since, but for its number.
        filter.jobs = nil
        let condition = JobCondition(filter, as: requester).whole
        let sql = SQL(
            """
            SELECT \(JobRow.columns) FROM \(condition.source)
            WHERE seq IN (SELECT value FROM json_each(?)) AND \(condition.sql) ORDER BY seq
            """
        )
        var outcomes: [JobID: CancelOutcome] = [:]
        for step in stride(from: 0, to: found.count, by: Self.cancelStep) {
            let jobs = Array(found[step..<min(step + Self.cancelStep, found.count)])
            let ended = try await write { [rules] connection in
                try connection.cancel(
                    connection.query(sql, arguments: [.text("\(jobs)")] + condition.arguments) { try JobRow($0) },
                    mode: mode,
                    rules: rules
                )
            }
            outcomes.merge(ended) { _, new in new }
        }
        return outcomes
    }

    /// How many jobs one transaction cancels: some ten milliseconds' worth.
    private static let cancelStep = 250
}

extension Connection {
    /// Stores the wish that a job be cancelled.
    ///
    /// - Returns: What comes of it; and its holder, if that is dead. It is to be buried once all that is to be cancelled is
    ///   known, with all that it held: what was left would look as if it had been alone in the dead one's hands.
    fileprivate func wish(
        _ row: JobRow,
        cancelledAs mode: CancelMode,
        rules: StoreRules,
        at now: Int64
    ) throws -> (outcome: CancelOutcome, dead: WorkerID?) {
        var row = row
        if row.lifecycle.state.isFinal { return (.alreadyEnded(row.lifecycle.state), nil) }
        try apply(.cancel(holderAlive: row.worker != nil, mode: mode), to: &row, rules: rules, at: now)
        guard let worker = row.worker else { return (.cancelled, nil) }
        guard try isAlive(worker, rules: rules) else { return (.cancelled, worker) }
        let isWanted = row.lifecycle.cancelRequested == .now
        return (.requested(stillDrawing: try isWanted && !isInterruptible(row)), nil)
    }

    /// Whether the backend that draws a job can be stopped, by what its holder has told of it.
    private func isInterruptible(_ row: JobRow) throws -> Bool {
        guard row.lifecycle.state == .processing, let worker = row.worker, let backend = row.backend,
            let report = try report(on: backend, by: worker), let request = try request(ofJob: row.seq).known
        else { return true }
        return report.interruptibleKinds.contains(request.kind)
    }

    /// Those whom no worker holds end together.
    fileprivate func cancel(_ rows: [JobRow], mode: CancelMode, rules: StoreRules) throws -> [JobID: CancelOutcome] {
        var outcomes: [JobID: CancelOutcome] = [:]
        let waiting = rows.filter { $0.worker == nil }
        let event = JobLifecycle.Event.cancel(holderAlive: false, mode: mode)
        let now = rules.time.wall()
        try apply(event, toEach: waiting, rules: rules, at: now)
        for row in waiting { outcomes[row.id] = .cancelled }
        var dead: Set<WorkerID> = []
        for row in rows where row.worker != nil {
            let (outcome, holder) = try wish(row, cancelledAs: mode, rules: rules, at: now)
            outcomes[row.id] = outcome
            if let holder { dead.insert(holder) }
        }
        for worker in dead { try bury(worker, rules: rules, at: now) }
        return outcomes
    }

    /// The numbers of the jobs that match, in their order.
    fileprivate func unfinishedJobs(_ filter: JobFilter, as requester: Requester) throws -> [Int64] {
        try JobCondition(filter, as: requester).searches(on: self).flatMap { search in
            let sql = SQL("SELECT seq FROM \(search.source) WHERE \(search.sql) ORDER BY seq")
            return try query(sql, arguments: search.arguments) { try $0.integer(0) }
        }.sorted()
    }
}
