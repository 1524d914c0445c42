internal import ImageQueueCore

/// What happens without anybody's asking: the dead and the hung lose what they hold, and time brings deadlines, starts
/// and a priority more after a long wait.
extension Connection {
    /// Does all of it, of what time brings at most 100 of each kind; answers how many jobs changed.
    @discardableResult
    func sweep(rules: StoreRules, except living: WorkerID?, at now: Int64) throws -> Int {
        var changed = 0
        for worker in try deadWorkers(rules: rules, except: living) {
            changed += try bury(worker, rules: rules, at: now)
        }
        guard try isAnythingDue(rules: rules, at: now) else { return changed }
        let expired = try query(Self.expired, .integer(now), .int(Self.sweepLimit)) { try JobRow($0) }
        try apply(.expire, toEach: expired, rules: rules, at: now)
        changed += expired.count
        for var row in try query(Self.due, .integer(now), .int(Self.sweepLimit), read: { try JobRow($0) }) {
            try placeAnew(&row)
            try apply(.due, to: &row, rules: rules, at: now)
            changed += 1
        }
        return changed + (try raise(rules: rules, at: now))
    }

    /// A job that waited for its time has the place of its submission, but none that lies in the past: its owner would
    /// overtake everybody, with as many as have come due. It stands then as one that is submitted now. One that is
    /// tried again keeps its place.
    private func placeAnew(_ row: inout JobRow) throws {
        guard row.lane.isEmpty, row.lifecycle.attempt == 0, try row.orderKey < virtualTime(row.priority) else { return }
        row.orderKey = try nextOrderKey(row.owner, row.priority)
        try execute("UPDATE OR FAIL jobs SET order_key = ?2 WHERE seq = ?1", .integer(row.seq), .integer(row.orderKey))
    }

    /// Whether a sweep would change anything. Reads the first row of three indexes, and looks at each worker's lock.
    func needsSweep(rules: StoreRules) throws -> Bool {
        try isAnythingDue(rules: rules, at: rules.time.wall()) || !deadWorkers(rules: rules, except: nil).isEmpty
    }

    /// Whether time has brought anything: every claim asks, mostly in vain.
    private func isAnythingDue(rules: StoreRules, at now: Int64) throws -> Bool {
        try first(Self.anythingDue, .integer(now), .integer(now - rules.raiseAfter)) { try $0.bool(0) } ?? false
    }

    private static let sweepLimit = 100

    private static func isDue(_ moment: String) -> String {
        "FROM jobs INDEXED BY jobs_due WHERE state = 0 AND not_before <= \(moment)"
    }
    private static func isExpired(_ moment: String) -> String {
        """
        FROM jobs INDEXED BY jobs_expiring
        WHERE deadline IS NOT NULL AND state < 2 AND deadline <= \(moment) AND worker IS NULL
        """
    }
    private static func isToRaise(_ moment: String) -> String {
        """
        FROM jobs INDEXED BY jobs_to_raise
        WHERE state = 1 AND is_raised = 0 AND priority < 2 AND lane = '' AND queued_at <= \(moment) AND worker IS NULL
        """
    }

    private static let anythingDue = SQL(
        """
        SELECT EXISTS (SELECT 1 \(isExpired("?1"))) OR EXISTS (SELECT 1 \(isDue("?1")))
            OR EXISTS (SELECT 1 \(isToRaise("?2")))
        """
    )
    private static let due = SQL("SELECT \(JobRow.columns) \(isDue("?1")) ORDER BY not_before LIMIT ?2")
    private static let expired = SQL("SELECT \(JobRow.columns) \(isExpired("?1")) ORDER BY deadline LIMIT ?2")
    private static let toRaise = SQL("SELECT \(JobRow.columns) \(isToRaise("?1")) ORDER BY queued_at LIMIT ?2")

    private func raise(rules: StoreRules, at now: Int64) throws -> Int {
        let waiting = try query(Self.toRaise, .integer(now - rules.raiseAfter), .int(Self.sweepLimit)) {
            try JobRow($0)
        }
        for row in waiting {
            guard let higher = Priority(rawValue: row.priority.rawValue + 1) else { continue }
            try execute(
                "UPDATE OR FAIL jobs SET is_raised = 1, priority = ?2, order_key = ?3 WHERE seq = ?1",
                .integer(row.seq),
                .int(higher.rawValue),
                .integer(try nextOrderKey(row.owner, higher))
            )
        }
        return waiting.count
    }
}
