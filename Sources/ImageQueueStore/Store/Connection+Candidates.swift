internal import ImageQueueCore

/// The first jobs of a lane that may be taken, however many wait before them.
extension Connection {
    /// The owners of whom a worker takes no further job. Few jobs are held: at most two for each backend.
    ///
    /// - Parameter owner: One of whose jobs a single one does not count.
    func ownersAtLimit(for worker: WorkerRegistration, without owner: Owner? = nil) throws -> Set<Owner> {
        guard worker.maximumPerOwner != nil else { return [] }
        var held = try query(Self.heldOwners) { Owner(rawValue: try $0.text(0)) }
        if let owner, let index = held.firstIndex(of: owner) { held.remove(at: index) }
        return worker.ownersAtLimit(holding: held)
    }

    /// The first waiting jobs in their order, without those of some owners.
    ///
    /// An owner's jobs that are passed over gather at the front of the common lane, so only the first of all are looked
    /// through; behind those the first job of each other owner is looked up. That costs some microseconds an owner that
    /// waits, and nothing a job.
    ///
    /// - Parameter now: Whose deadline has passed by then is left out: a sweep ends only so many at once.
    func inOrder(
        lane: String,
        suspectsToo: Bool,
        without owners: Set<Owner>,
        limit: Int,
        at now: Int64
    ) throws -> [JobRow] {
        guard !owners.isEmpty else {
            return try query(Self.inOrder, .text(lane), .bool(suspectsToo), .int(limit), .integer(now)) {
                try JobRow($0)
            }
        }
        let names = Value.text(try StoreJSON.text(owners.map(\.rawValue).sorted()))
        // What waits in a worker's own lane is not much, and nobody else's.
        let window = lane.isEmpty ? Self.window : -1
        let found = try query(
            Self.inOrderWithout,
            .text(lane),
            .bool(suspectsToo),
            .int(limit),
            names,
            .int(window),
            .integer(now)
        ) { try JobRow($0) }
        guard found.isEmpty, lane.isEmpty else { return found }
        return try query(Self.firstOfOwners, .bool(suspectsToo), .int(limit), names, .integer(now)) {
            try JobRow($0)
        }
    }

    /// Makes the index for the first job of each owner, where a worker that is being registered may need it. Nobody
    /// else pays for it with a page of each commit. It stays, and takes about a second for a million jobs that wait.
    func indexWaitingOwners() throws {
        try execute(
            """
            CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (owner, priority DESC, order_key, seq)
            WHERE state = 1 AND lane = ''
            """
        )
    }

    /// How many jobs at the front of the common lane are looked through.
    private static let window = 256

    private static let heldOwners = SQL("SELECT owner FROM jobs INDEXED BY jobs_held WHERE worker IS NOT NULL")

    private static let inOrder = SQL(
        """
        SELECT \(JobRow.columns) FROM jobs INDEXED BY jobs_in_order
        WHERE lane = ?1 AND state = 1 AND worker IS NULL AND cancel_requested = 0 AND is_suspect <= ?2
            AND ifnull(deadline > ?4, 1)
        ORDER BY priority DESC, order_key, seq LIMIT ?3
        """
    )

    private static let inOrderWithout = SQL(
        """
        SELECT \(JobRow.columns) FROM (
            SELECT * FROM jobs INDEXED BY jobs_in_order
            WHERE lane = ?1 AND state = 1 ORDER BY priority DESC, order_key, seq LIMIT ?5
        )
        WHERE worker IS NULL AND cancel_requested = 0 AND is_suspect <= ?2 AND ifnull(deadline > ?6, 1)
            AND owner NOT IN (SELECT value FROM json_each(?4))
        ORDER BY priority DESC, order_key, seq LIMIT ?3
        """
    )

    /// Sorted twice: once for each owner that waits, by its first job's place alone,
    /// and then the few that were asked for.
    private static let firstOfOwners = SQL(
        """
        SELECT \(JobRow.columns) FROM jobs WHERE seq IN (
            WITH RECURSIVE waiting (name) AS (
                SELECT * FROM (
                    SELECT owner FROM jobs INDEXED BY jobs_waiting WHERE state = 1 AND lane = '' ORDER BY owner LIMIT 1
                )
                UNION ALL
                SELECT (
                    SELECT owner FROM jobs INDEXED BY jobs_waiting
                    WHERE state = 1 AND lane = '' AND owner > name ORDER BY owner LIMIT 1
                ) FROM waiting WHERE name IS NOT NULL
            )
            SELECT jobs.seq FROM waiting CROSS JOIN jobs ON jobs.seq = (
                SELECT own.seq FROM jobs AS own INDEXED BY jobs_waiting
                WHERE state = 1 AND lane = '' AND owner = name
                    AND worker IS NULL AND cancel_requested = 0 AND is_suspect <= ?1 AND ifnull(deadline > ?4, 1)
                ORDER BY priority DESC, order_key, seq LIMIT 1
            )
            WHERE name NOT IN (SELECT value FROM json_each(?3))
            ORDER BY priority DESC, order_key, jobs.seq LIMIT ?2
        )
        ORDER BY priority DESC, order_key, seq
        """
    )
}
