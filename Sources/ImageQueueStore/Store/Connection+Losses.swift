internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What lost workers leave: pictures that their backends may still draw, and files that no row names.
extension Connection {
    /// A held job is about to be taken from a holder that is dead or hung.
    func noteLoss(of row: JobRow, at now: Int64) throws {
        guard row.worker != nil, row.backend != nil else { return }
        try noteTraces(of: row, at: now)
        // Last, with something written: what fails before leaves no count behind (see ``part(_:)``).
        leasesTaken += 1
    }

    /// A held job is about to leave its holder's hands in the middle: its backend may go on,
    /// and its files may lie there.
    ///
    /// A reserved one counts too: its request goes out before its beginning is written down.
    func noteTraces(of row: JobRow, at now: Int64) throws {
        guard let worker = row.worker, let backend = row.backend else { return }
        let stored = try query("SELECT number FROM images WHERE job_id = ?", .text(row.id.description)) {
            try $0.int(0)
        }
        let orphans = DrawingTask.ID.orphans(
            of: row.lifecycle.attempt,
            job: row.id,
            // Of a job that can't be read any number may be under way.
            pictureCount: try request(ofJob: row.seq).known?.pictureCount ?? .max,
            stored: stored
        )
        for orphan in orphans { try noteOrphan(orphan, on: backend, at: now) }
        try execute(
            """
            INSERT INTO remains (job_id, attempt, job_created_at, worker) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            .text(row.id.description),
            .int(row.lifecycle.attempt),
            .integer(row.createdAt),
            .text(worker.rawValue)
        )
    }

    /// A backend may go on with what nobody waits for any more.
    func noteOrphan(_ orphan: DrawingTask.ID, on backend: String, at now: Int64) throws {
        try execute(
            """
            INSERT INTO orphans (backend, job_id, attempt, number, found_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            .text(backend),
            .text(orphan.job.description),
            .int(orphan.attempt),
            .int(orphan.number),
            .integer(now)
        )
    }

    /// A former life of this worker is over, as the kernel says, and another begins under its name: what the former one
    /// left goes to a name that nobody has.
    func disownRemains(of worker: WorkerID) throws {
        try execute(
            "UPDATE remains SET worker = ? WHERE worker = ?",
            .text(WorkerID.make().rawValue),
            .text(worker.rawValue)
        )
    }

    /// The attempts of workers whose process is gone, as the kernel says.
    func remains(limit: Int, rules: StoreRules) throws -> [AttemptRemains] {
        var found: [AttemptRemains] = []
        var next = try firstLoser(after: "")
        while let worker = next, found.count < limit {
            next = try firstLoser(after: worker)
            guard try WorkerLock.life(of: worker, database: rules.databasePath) == .isDead else { continue }
            found += try query(
                """
                SELECT job_id, attempt, job_created_at FROM remains INDEXED BY remains_by_worker
                WHERE worker = ? ORDER BY job_id, attempt LIMIT ?
                """,
                .text(worker),
                .int(limit - found.count)
            ) { row in
                guard let job = JobID(try row.text(0)) else { throw JobRow.damaged("the job of remains") }
                return AttemptRemains(
                    job: job,
                    attempt: try row.int(1),
                    createdAt: Date(storeMilliseconds: try row.integer(2)),
                    keeping: try paths(ofJob: job)
                )
            }
        }
        return found
    }

    /// From one worker to the next, however many attempts each has left.
    private func firstLoser(after worker: String) throws -> String? {
        try first("SELECT worker FROM remains WHERE worker > ? ORDER BY worker LIMIT 1", .text(worker)) {
            try $0.text(0)
        }
    }

    private func paths(ofJob job: JobID) throws -> Set<String> {
        Set(try query("SELECT path FROM images WHERE job_id = ?", .text(job.description)) { try $0.text(0) })
    }
}
