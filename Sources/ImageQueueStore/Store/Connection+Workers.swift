internal import ImageQueueCore

/// Who lives, who is dead, and what the dead leave.
extension Connection {
    func registration(of worker: WorkerID) throws -> WorkerRegistration? {
        try first("SELECT registration FROM workers WHERE id = ?", .text(worker.rawValue)) { row in
            try KeptRegistration.read(try row.text(0), of: worker)
        }
    }

    /// The number of the process that a worker on the list is, or was.
    func process(of worker: WorkerID) throws -> Int? {
        try first("SELECT pid FROM workers WHERE id = ?", .text(worker.rawValue)) { try $0.int(0) }
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

    /// - Returns: what the lease is counted from; `nil` if the worker is not on the list.
    func renew(_ worker: WorkerID, rules: StoreRules) throws -> BootInstant? {
        let boot = rules.time.boot()
        let renewed = try execute(
            "UPDATE workers SET lease_boot = ?, lease_until = ? + lease_ms WHERE id = ?",
            .text(boot.boot),
            .integer(boot.milliseconds),
            .text(worker.rawValue)
        )
        return renewed == 1 ? boot : nil
    }

    /// Whether a worker's lease lasts; whether its process lives is for the kernel to say.
    func isLeased(_ worker: WorkerID, rules: StoreRules) throws -> Bool {
        let boot = rules.time.boot()
        return try first(
            "SELECT 1 FROM workers WHERE id = ?1 AND lease_boot = ?2 AND lease_until > ?3",
            .text(worker.rawValue),
            .text(boot.boot),
            .integer(boot.milliseconds)
        ) { _ in true } ?? false
    }

    /// The registration of a worker whose lease lasts.
    func leasedRegistration(of worker: WorkerID, rules: StoreRules) throws -> WorkerRegistration? {
        let boot = rules.time.boot()
        return try first(
            "SELECT registration FROM workers WHERE id = ?1 AND lease_boot = ?2 AND lease_until > ?3",
            .text(worker.rawValue),
            .text(boot.boot),
            .integer(boot.milliseconds)
        ) { row in try KeptRegistration.read(try row.text(0), of: worker) }
    }

    /// A worker lives while its lease lasts, and the kernel doesn't say that its process has let its lock go.
    func isAlive(_ worker: WorkerID, rules: StoreRules) throws -> Bool {
        try isLeased(worker, rules: rules)
            && WorkerLock.life(of: worker.rawValue, database: rules.databasePath) != .isDead
    }

    func deadWorkers(rules: StoreRules, except living: WorkerID?) throws -> [WorkerID] {
        let ids = try query("SELECT id FROM workers WHERE id <> ?", .text(living?.rawValue ?? "")) { row in
            WorkerID(rawValue: try row.text(0))
        }
        return try ids.filter { try !isAlive($0, rules: rules) }
    }

    /// Takes everything from a worker that is dead or hung, and takes it off the list; answers how many jobs changed.
    ///
    /// One that hangs was stopped from outside, or its machine was asleep: its leases are renewed on a thread that no
    /// job holds up. That counts against no job.
    @discardableResult
    func bury(_ worker: WorkerID, rules: StoreRules, at now: Int64) throws -> Int {
        let life = try WorkerLock.life(of: worker.rawValue, database: rules.databasePath)
        return try bury(worker, hasDied: life == .isDead, rules: rules, at: now)
    }

    /// ``bury(_:rules:at:)`` where it is known whether its process is gone.
    @discardableResult
    func bury(_ worker: WorkerID, hasDied: Bool, rules: StoreRules, at now: Int64) throws -> Int {
        var changed = 0
        let rows = try rows(heldBy: worker)
        for var row in rows {
            try noteLoss(of: row, at: now)
            // Nobody else may draw what was reserved for it: that ends with the rest of its lane, below.
            if row.lane == worker.rawValue { continue }
            let lost = JobLifecycle.Event.holderLost(alone: rows.count == 1, limit: rules.deathLimit)
            try apply(hasDied ? lost : .release(paused: false), to: &row, rules: rules, at: now)
            changed += 1
        }
        return changed + (try remove(worker, rules: rules, at: now))
    }

    /// Carries out how a worker wants the queue to be once it has started. One that joins others changes nothing.
    func start(_ worker: WorkerRegistration, rules: StoreRules) throws {
        let isPaused: Bool
        switch worker.onStart {
        case .asItWas: return
        case .run: isPaused = false
        case .paused: isPaused = true
        }
        let others = try query("SELECT id FROM workers WHERE id <> ?", .text(worker.id.rawValue)) { row in
            WorkerID(rawValue: try row.text(0))
        }
        guard try !others.contains(where: { try isAlive($0, rules: rules) }) else { return }
        try execute("UPDATE settings SET value = ? WHERE name = 'paused'", .bool(isPaused))
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
