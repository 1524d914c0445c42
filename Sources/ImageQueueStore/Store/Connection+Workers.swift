import ImageQueueCore

/// Who lives, who is dead, and what the dead leave.
extension Connection {
    func registration(of worker: WorkerID) throws -> WorkerRegistration? {
        try first("SELECT registration FROM workers WHERE id = ?", .text(worker.rawValue)) { row in
            try StoreJSON.value(try row.text(0), as: KeptRegistration.self).registration
        }
    }

    func holder(of backend: BackendID) throws -> WorkerID? {
        try first("SELECT worker FROM backends WHERE url = ?", .text(backend.rawValue)) { row in
            WorkerID(rawValue: try row.text(0))
        }
    }

    private static let heldBy = SQL("SELECT \(JobRow.columns) FROM jobs INDEXED BY jobs_held WHERE worker = ?")

    func rows(heldBy worker: WorkerID) throws -> [JobRow] {
        try query(Self.heldBy, .text(worker.rawValue)) { try JobRow($0) }
    }

    func renew(_ worker: WorkerID, rules: StoreRules) throws -> Bool {
        let boot = rules.time.boot()
        return try execute(
            "UPDATE workers SET lease_boot = ?, lease_until = ? + lease_ms WHERE id = ?",
            .text(boot.boot),
            .integer(boot.milliseconds),
            .text(worker.rawValue)
        ) == 1
    }

    /// A worker lives while the kernel says that its process holds its lock, and its lease lasts.
    func isAlive(_ worker: WorkerID, rules: StoreRules) throws -> Bool {
        let boot = rules.time.boot()
        let lease = try first("SELECT lease_boot, lease_until FROM workers WHERE id = ?", .text(worker.rawValue)) {
            (boot: try $0.text(0), until: try $0.integer(1))
        }
        guard let lease, lease.boot == boot.boot, lease.until > boot.milliseconds else { return false }
        return try WorkerLock.isAlive(worker.rawValue, database: rules.databasePath)
    }

    func deadWorkers(rules: StoreRules, except living: WorkerID?) throws -> [WorkerID] {
        let ids = try query("SELECT id FROM workers WHERE id <> ?", .text(living?.rawValue ?? "")) { row in
            WorkerID(rawValue: try row.text(0))
        }
        return try ids.filter { try !isAlive($0, rules: rules) }
    }

    /// Settles what the dead and the hung left; answers how many jobs changed.
    @discardableResult
    func sweep(rules: StoreRules, except living: WorkerID?, at now: Int64) throws -> Int {
        var changed = 0
        for worker in try deadWorkers(rules: rules, except: living) {
            let rows = try rows(heldBy: worker)
            for var row in rows {
                if row.lane == worker.rawValue, !row.lifecycle.isCancelRequested {
                    // Nobody else may draw it, so it ends with the rest of its lane, below.
                    continue
                }
                try noteOrphan(row, at: now)
                let lost = JobLifecycle.Event.holderLost(alone: rows.count == 1, limit: rules.deathLimit)
                try apply(lost, to: &row, rules: rules, at: now)
                changed += 1
            }
            changed += try remove(worker, rules: rules, at: now)
        }
        return changed
    }

    /// A picture that a dead worker was drawing: its backend may still be at it.
    func noteOrphan(_ row: JobRow, at now: Int64) throws {
        guard row.lifecycle.state == .processing, let backend = row.backend else { return }
        try execute(
            """
            INSERT INTO orphans (backend, job_id, attempt, number, found_at)
            VALUES (?1, ?2, ?3, (SELECT count(*) FROM images WHERE job_id = ?2), ?4)
            ON CONFLICT DO NOTHING
            """,
            .text(backend),
            .text(row.id.description),
            .int(row.lifecycle.attempt),
            .integer(now)
        )
    }

    private static let inLane = SQL("SELECT \(JobRow.columns) FROM jobs WHERE lane = ? AND state < 3")

    /// Takes a worker off the list; what only it could have drawn fails. Answers how many jobs did.
    @discardableResult
    func remove(_ worker: WorkerID, rules: StoreRules, at now: Int64) throws -> Int {
        let failure = try registration(of: worker)?.lossFailure ?? .simulatorGone
        let rows = try query(Self.inLane, .text(worker.rawValue)) { try JobRow($0) }
        for var row in rows { try apply(.abandon(failure), to: &row, rules: rules, at: now) }
        try execute("DELETE FROM backends WHERE worker = ?", .text(worker.rawValue))
        try execute("DELETE FROM workers WHERE id = ?", .text(worker.rawValue))
        return rows.count
    }
}
