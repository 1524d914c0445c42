internal import ImageQueueConcurrency
public import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension SQLiteJobStore {
    /// See ``JobStore/register(_:)``. Takes the worker's lock first: a row without a lock would be a dead worker's.
    public func register(_ worker: WorkerRegistration) async throws {
        let proof = try await keeper.prove(worker.id)
        let text = try StoreJSON.text(KeptRegistration(worker))
        // A former life of this name is over: its process is gone, or it may believe in its lease no longer. What it
        // held is perhaps another's by now, and nobody draws it here.
        let mayGoOn = keeper.mayGoOn(worker.id)
        let start: BootInstant
        do {
            start = try await write { [rules] connection in
                let boot = rules.time.boot()
                let process = try connection.process(of: worker.id)
                // Also where this process had the name before that other one.
                let hasDied =
                    proof == .taken || (proof == .takenAgain && process.map { $0 != worker.processID } ?? false)
                if try proof != .held || !mayGoOn || !connection.isLeased(worker.id, rules: rules) {
                    try connection.bury(worker.id, hasDied: hasDied, rules: rules, at: rules.time.wall())
                }
                if hasDied { try connection.disownRemains(of: worker.id) }
                if worker.maximumPerOwner != nil { try connection.indexWaitingOwners() }
                try connection.start(worker, rules: rules)
                try connection.execute(
                    """
                    INSERT OR REPLACE INTO workers
                        (id, host, pid, started_at, registration, lease_ms, lease_boot, lease_until)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    .text(worker.id.rawValue),
                    .text(worker.host),
                    .int(worker.processID),
                    .integer(rules.time.wall()),
                    .text(text),
                    .integer(worker.leaseDuration.milliseconds),
                    .text(boot.boot),
                    .integer(boot.milliseconds + worker.leaseDuration.milliseconds)
                )
                return boot
            }
        } catch {
            // One that was on the list before lives on, and may still be writing files.
            if proof != .held { await keeper.letGo(worker.id) }
            throw error
        }
        let term = LeaseTerm(from: start.sinceBoot, lasting: worker.leaseDuration)
        do {
            try keeper.keep(term, of: worker.id, renewingEvery: worker.renewalInterval)
        } catch {
            // Never renewed, it would be a worker that nobody can rely on.
            try await unregister(worker.id)
            throw Self.queueError(error)
        }
    }

    /// See ``JobStore/unregister(_:)``.
    public func unregister(_ worker: WorkerID) async throws {
        do {
            try await write { [rules] connection in
                let now = rules.time.wall()
                for var row in try connection.rows(heldBy: worker) {
                    // Given away in mid-drawing, where it registers anew: its backend goes on.
                    try connection.noteTraces(of: row, at: now)
                    try connection.apply(.release(paused: false), to: &row, rules: rules, at: now)
                }
                try connection.remove(worker, rules: rules, at: now)
            }
        } catch {
            // It has stopped: with its lock held and its lease renewed, nobody would ever get what it holds.
            await keeper.letGo(worker, stillListed: true)
            throw error
        }
        await keeper.letGo(worker)
    }

    /// See ``JobStore/workers()``.
    public func workers() async throws -> [WorkerStatus] {
        try await read { [rules] connection in
            let rows = try connection.query(
                "SELECT id, started_at, registration FROM workers ORDER BY started_at, id"
            ) { row in
                (WorkerID(rawValue: try row.text(0)), try row.integer(1), try row.text(2))
            }
            return try rows.map { id, startedAt, text in
                WorkerStatus(
                    registration: try KeptRegistration.read(text, of: id),
                    startedAt: Date(storeMilliseconds: startedAt),
                    isAlive: try connection.isAlive(id, rules: rules),
                    holds: try connection.query(
                        "SELECT url FROM backends WHERE worker = ? ORDER BY url",
                        .text(id.rawValue)
                    ) { BackendID(rawValue: try $0.text(0)) },
                    jobs: try connection.rows(heldBy: id).map(\.id)
                )
            }
        }
    }

    /// See ``JobStore/holdBackend(_:for:)``.
    public func holdBackend(_ backend: BackendID, for worker: WorkerID) async throws -> Bool {
        try await write { [rules] connection in
            let now = rules.time.wall()
            try connection.sweep(rules: rules, except: worker, at: now)
            guard try connection.registration(of: worker) != nil else {
                throw Connection.unregistered(worker)
            }
            try connection.execute(
                "INSERT INTO backends (url, worker, held_since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                .text(backend.rawValue),
                .text(worker.rawValue),
                .integer(now)
            )
            return try connection.holder(of: backend) == worker
        }
    }

    /// See ``JobStore/releaseBackend(_:by:)``.
    public func releaseBackend(_ backend: BackendID, by worker: WorkerID) async throws {
        try await write { connection in
            _ = try connection.execute(
                "DELETE FROM backends WHERE url = ? AND worker = ?",
                .text(backend.rawValue),
                .text(worker.rawValue)
            )
        }
    }

    /// See ``JobStore/orphans(on:)``.
    public func orphans(on backend: BackendID) async throws -> [DrawingTask.ID] {
        try await read { connection in
            try connection.query(
                "SELECT job_id, attempt, number FROM orphans WHERE backend = ? ORDER BY found_at, job_id, number",
                .text(backend.rawValue)
            ) { row in
                guard let job = JobID(try row.text(0)) else { throw JobRow.damaged("an orphan's job id") }
                return DrawingTask.ID(job: job, attempt: try row.int(1), number: try row.int(2))
            }
        }
    }

    /// See ``JobStore/noteOrphan(_:on:)``.
    public func noteOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws {
        try await write { [rules] in try $0.noteOrphan(task, on: backend.rawValue, at: rules.time.wall()) }
    }

    /// See ``JobStore/forgetOrphan(_:on:)``.
    public func forgetOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws {
        try await write { connection in
            _ = try connection.execute(
                "DELETE FROM orphans WHERE backend = ? AND job_id = ? AND attempt = ? AND number = ?",
                .text(backend.rawValue),
                .text(task.job.description),
                .int(task.attempt),
                .int(task.number)
            )
        }
    }

    /// See ``JobStore/remains(limit:)``.
    public func remains(limit: Int) async throws -> [AttemptRemains] {
        try await read { [rules] in try $0.remains(limit: limit, rules: rules) }
    }

    /// See ``JobStore/forgetRemains(_:)``.
    public func forgetRemains(_ remains: AttemptRemains) async throws {
        try await write { connection in
            _ = try connection.execute(
                "DELETE FROM remains WHERE job_id = ? AND attempt = ?",
                .text(remains.job.description),
                .int(remains.attempt)
            )
        }
    }

    /// See ``JobStore/renew(_:)``.
    public func renew(_ worker: WorkerID) async throws -> Bool {
        guard keeper.mayGoOn(worker) else { return false }
        let start = try await write(durability: .normal) { [rules] in try $0.renew(worker, rules: rules) }
        keeper.note(renewalOf: worker, from: start)
        return start != nil
    }

    /// See ``JobStore/sweep()``.
    @discardableResult
    public func sweep() async throws -> Int {
        try await write { [rules] in try $0.sweep(rules: rules, except: nil, at: rules.time.wall()) }
    }
}

/// A registration as `workers` holds it.
struct KeptRegistration: Codable {
    private var id: WorkerID
    private var host: String
    private var processID: Int32
    private var backends: [String]
    private var scope: String
    private var jobs: [JobID]?
    private var leaseMilliseconds: Int64
    private var lossFailure: JobFailure
    private var maximumPerOwner: Int?

    init(_ worker: WorkerRegistration) {
        id = worker.id
        host = worker.host
        processID = worker.processID
        backends = worker.backends.map(\.rawValue)
        leaseMilliseconds = worker.leaseDuration.milliseconds
        lossFailure = worker.lossFailure
        maximumPerOwner = worker.maximumPerOwner
        switch worker.scope {
        case .anyJob: scope = "any"
        case .reservedJobs: scope = "reserved"
        case .jobs(let ids):
            scope = "jobs"
            jobs = ids.sorted()
        }
    }

    /// What a worker's column says. Every claim asks for it, and it hardly ever changes: it is decoded once.
    static func read(_ text: String, of worker: WorkerID) throws -> WorkerRegistration {
        if let known = known.withLock({ $0[worker] }), known.text == text { return known.registration }
        let registration = try StoreJSON.value(text, as: KeptRegistration.self).registration
        known.withLock { known in
            if known.count >= 64 { known.removeAll() }
            known[worker] = (text, registration)
        }
        return registration
    }

    private static let known = Lock<[WorkerID: (text: String, registration: WorkerRegistration)]>([:])

    private var registration: WorkerRegistration {
        let scope: WorkerScope =
            switch self.scope {
            case "any": .anyJob
            case "jobs": .jobs(Set(jobs ?? []))
            default: .reservedJobs
            }
        return WorkerRegistration(
            id: id,
            host: host,
            processID: processID,
            backends: backends.map(BackendID.init),
            scope: scope,
            leaseDuration: .milliseconds(leaseMilliseconds),
            lossFailure: lossFailure,
            maximumPerOwner: maximumPerOwner
        )
    }
}
