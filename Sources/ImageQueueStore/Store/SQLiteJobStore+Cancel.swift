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
            return try connection.cancel(row, mode: mode, rules: rules)
        }
    }

    /// See ``JobStore/cancel(matching:mode:as:)``. Many are cancelled in several transactions, so that nobody who writes
    /// in between waits long.
    public func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome] {
        var filter = filter
        filter.states = (filter.states ?? JobFilter.unfinished).intersection(JobFilter.unfinished)
        let named = filter.jobs.map(Array.init)
        // Jobs that are submitted meanwhile are not meant.
        let newest = try await read { try $0.newestJob() }
        var outcomes: [JobID: CancelOutcome] = [:]
        var place: Int64 = 0
        var rest = named?[...]
        repeat {
            filter.jobs = rest.map { Set($0.prefix(Self.cancelStep)) }
            rest = rest?.dropFirst(Self.cancelStep)
            var condition = JobCondition(filter, as: requester)
            if named == nil {
                condition.add("seq > ?", .integer(place))
                condition.add("seq <= ?", .integer(newest))
            }
            let step = try await cancel(condition, isPage: named == nil, mode: mode)
            outcomes.merge(step.outcomes) { _, new in new }
            place = step.last ?? newest
        } while rest.map { !$0.isEmpty } ?? (place < newest)
        return outcomes
    }

    /// How many jobs one transaction cancels: some ten milliseconds' worth.
    private static let cancelStep = 250

    private func cancel(
        _ condition: JobCondition,
        isPage: Bool,
        mode: CancelMode
    ) async throws -> (outcomes: [JobID: CancelOutcome], last: Int64?) {
        let page = isPage ? " ORDER BY seq LIMIT \(Self.cancelStep)" : ""
        return try await write { [rules] connection in
            let source = try condition.source(on: connection)
            let sql = SQL("SELECT \(JobRow.columns) FROM \(source) WHERE \(condition.sql)\(page)")
            var outcomes: [JobID: CancelOutcome] = [:]
            let rows = try connection.query(sql, arguments: condition.arguments) { try JobRow($0) }
            let waiting = rows.filter { $0.worker == nil }
            let event = JobLifecycle.Event.cancel(holderAlive: false, mode: mode)
            try connection.apply(event, toEach: waiting, rules: rules, at: rules.time.wall())
            for row in waiting { outcomes[row.id] = .cancelled }
            for row in rows where row.worker != nil {
                outcomes[row.id] = try connection.cancel(row, mode: mode, rules: rules)
            }
            return (outcomes, rows.last?.seq)
        }
    }
}

extension Connection {
    fileprivate func cancel(_ row: JobRow, mode: CancelMode, rules: StoreRules) throws -> CancelOutcome {
        var row = row
        if row.lifecycle.state.isFinal { return .alreadyEnded(row.lifecycle.state) }
        let isHolderAlive = try row.worker.map { try isAlive($0, rules: rules) } ?? false
        let now = rules.time.wall()
        if !isHolderAlive { try noteLoss(of: row, at: now) }
        let action = try apply(.cancel(holderAlive: isHolderAlive, mode: mode), to: &row, rules: rules, at: now)
        return action == .askHolder ? .requested(stillDrawing: false) : .cancelled
    }

    /// The number of the newest job; 0 if there never was one.
    fileprivate func newestJob() throws -> Int64 {
        try first("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'") { try $0.integer(0) } ?? 0
    }
}
