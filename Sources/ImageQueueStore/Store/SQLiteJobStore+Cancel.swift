public import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/cancel(_:mode:as:)``.
    public func cancel(_ id: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome {
        try await write { [rules] connection in
            guard let row = try connection.jobRow(id), requester.mayTouch(row.owner) else { return .notFound }
            return try connection.cancel(row, mode: mode, rules: rules)
        }
    }

    /// See ``JobStore/cancel(matching:mode:as:)``.
    public func cancel(
        matching filter: JobFilter,
        mode: CancelMode,
        as requester: Requester
    ) async throws -> [JobID: CancelOutcome] {
        var filter = filter
        filter.states = (filter.states ?? JobFilter.unfinished).intersection(JobFilter.unfinished)
        let condition = JobCondition(filter, as: requester)
        let sql = SQL("SELECT \(JobRow.columns) FROM jobs WHERE \(condition.sql)")
        return try await write { [rules] connection in
            var outcomes: [JobID: CancelOutcome] = [:]
            for row in try connection.query(sql, arguments: condition.arguments, read: { try JobRow($0) }) {
                outcomes[row.id] = try connection.cancel(row, mode: mode, rules: rules)
            }
            return outcomes
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
}
