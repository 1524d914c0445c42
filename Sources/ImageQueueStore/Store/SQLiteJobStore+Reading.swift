public import ImageQueueCore
internal import Logging

extension SQLiteJobStore {
    /// Reads once what is overdue has been settled, as far as one sweep goes and can be written: so that hardly anybody
    /// is told that a dead worker still draws, or that a job still waits whose deadline has passed.
    private func readSettled<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        let (value, isOverdue) = try await read { [rules] connection in
            (try body(connection), try connection.needsSweep(rules: rules))
        }
        guard isOverdue else { return value }
        do {
            try await sweep()
        } catch let error as QueueError where [.storeUnavailable, .storeDamaged].contains(error.code) {
            // On a full disk, in a damaged file, or while another process holds the lock: what stands there can be told
            // all the same.
            logger.info("what is overdue can't be settled now", metadata: ["error.message": "\(error.message)"])
            return value
        }
        return try await read(body)
    }

    /// See ``JobStore/job(_:as:)``.
    public func job(_ id: JobID, as requester: Requester) async throws -> Job? {
        try await readSettled { [rules] connection in
            guard let row = try connection.jobRow(id) else {
                return try connection.prunedJob(id, as: requester, template: rules.template)
            }
            return requester.mayTouch(row.owner) ? try connection.job(row, template: rules.template) : nil
        }
    }

    /// See ``JobStore/inputs(of:as:)``.
    public func inputs(of job: JobID, as requester: Requester) async throws -> [InputFile] {
        try await read { connection in
            guard let row = try connection.jobRow(job), requester.mayTouch(row.owner) else { return [] }
            return try connection.inputs(of: row)
        }
    }

    /// See ``JobStore/jobs(matching:as:after:limit:)``.
    public func jobs(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> JobPage {
        let condition = JobCondition(filter, as: requester)
        return try await readSettled { [rules] connection in
            try connection.page(condition, after: after, limit: limit, template: rules.template)
        }
    }

    /// See ``JobStore/counts(of:as:)``.
    public func counts(of owner: Owner?, as requester: Requester) async throws -> JobCounts {
        let whose: CountedOwner
        switch requester {
        case .operator: whose = owner.map { .owner($0) } ?? .everybody
        case .owner(let name) where (owner ?? name) == name: whose = .owner(name)
        case .owner: return JobCounts()
        }
        return try await readSettled { try $0.counts(of: whose) }
    }

    /// See ``JobStore/snapshot(matching:as:after:limit:)``.
    public func snapshot(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> StoreSnapshot {
        let condition = JobCondition(filter, as: requester, unfinishedUnlessNamed: true)
        return try await readSettled { [rules] connection in
            let page = try connection.page(condition, after: after, limit: limit, template: rules.template)
            return StoreSnapshot(jobs: page.jobs.reversed(), cursor: try connection.logCursor(), next: page.next)
        }
    }

    /// See ``JobStore/events(after:matching:as:limit:)``.
    public func events(
        after cursor: EventCursor,
        matching filter: JobFilter,
        as requester: Requester,
        limit: Int
    ) async throws -> [JobEvent]? {
        var parts = ["seq > ?"]
        var arguments: [Value] = [.integer(cursor.sequence)]
        if let jobs = filter.jobs {
            // Any number of names is one argument.
            parts.append("job_id IN (SELECT value FROM json_each(?))")
            arguments.append(.list(of: jobs))
        }
        if let owner = filter.owner {
            parts.append("owner = ?")
            arguments.append(.text(owner.rawValue))
        }
        if case .owner(let owner) = requester {
            parts.append("owner = ?")
            arguments.append(.text(owner.rawValue))
        }
        if let conversation = filter.conversation {
            parts.append("conversation_id = ?")
            arguments.append(.text(conversation.rawValue))
        }
        if let batch = filter.batch {
            parts.append("job_id IN (SELECT id FROM jobs WHERE batch_id = ?)")
            arguments.append(.text(batch.description))
        }
        arguments.append(.int(limit))
        let condition = parts.joined(separator: " AND ")
        let sql = SQL("SELECT \(Connection.eventColumns) FROM events WHERE \(condition) ORDER BY seq LIMIT ?")
        return try await read { [arguments] connection in
            let now = try connection.logCursor()
            let pruned = try connection.setting("pruned_through")
            guard cursor.log == now.log, cursor.sequence <= now.sequence, cursor.sequence >= pruned else { return nil }
            return try connection.query(sql, arguments: arguments) { try connection.event($0, log: now.log) }
        }
    }

    /// See ``JobStore/isPaused()``.
    public func isPaused() async throws -> Bool {
        try await read { try $0.setting("paused") != 0 }
    }

    /// See ``JobStore/setPaused(_:)``.
    public func setPaused(_ paused: Bool) async throws {
        try await write { connection in
            _ = try connection.execute("UPDATE settings SET value = ? WHERE name = 'paused'", .bool(paused))
        }
    }
}

extension Connection {
    /// Jobs that meet a condition, newest first, from where a page ended.
    fileprivate func page(
        _ condition: JobCondition,
        after: PageToken?,
        limit: Int,
        template: ImageURLTemplate
    ) throws -> JobPage {
        let searches = try condition.searches(on: self)
        var rows = try searches.flatMap { search in
            var search = search
            if let after { search.add("seq < ?", .integer(after.rawValue)) }
            let sql = SQL(
                "SELECT \(JobRow.columns) FROM \(search.source) WHERE \(search.sql) ORDER BY seq DESC LIMIT ?"
            )
            return try query(sql, arguments: search.arguments + [.int(limit + 1)]) { try JobRow($0) }
        }
        if searches.count > 1 { rows.sort { $0.seq > $1.seq } }
        let page = rows.prefix(limit)
        return JobPage(
            jobs: try page.map { try job($0, template: template) },
            next: rows.count > limit ? page.last.map { PageToken(rawValue: $0.seq) } : nil
        )
    }
}
