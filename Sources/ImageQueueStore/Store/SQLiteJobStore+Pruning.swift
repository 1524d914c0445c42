import ImageQueueConcurrency
import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/prune(olderThan:limit:)``. Free pages go back to the file system.
    public func prune(olderThan age: Duration, limit: Int) async throws -> Bool {
        let place = ownerKeysPlace.withLock { $0 }
        let (removed, next) = try await write { [rules] connection in
            let now = rules.time.wall()
            let cutoff = now - age.milliseconds
            let jobs = try connection.execute(
                """
                DELETE FROM jobs WHERE seq IN (
                    SELECT seq FROM jobs INDEXED BY jobs_by_end
                    WHERE finished_at IS NOT NULL AND finished_at <= ? ORDER BY finished_at LIMIT ?)
                """,
                .integer(cutoff),
                .int(limit)
            )
            let events = try connection.pruneEvents(until: cutoff, limit: limit)
            try connection.execute(
                """
                DELETE FROM keys WHERE (scope, owner, key) IN (
                    SELECT scope, owner, key FROM keys INDEXED BY keys_by_age WHERE created_at <= ?
                    AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = keys.job_id AND jobs.state < 3)
                    AND job_id IS NOT NULL LIMIT ?)
                """,
                .integer(min(cutoff, now - rules.keyLifetime)),
                .int(limit)
            )
            return (max(jobs, events), try connection.pruneOwnerKeys(after: place, limit: min(limit, 1_000_000) * 4))
        }
        ownerKeysPlace.withLock { $0 = next }
        try await write(durability: .normal) { connection in
            try connection.script("PRAGMA incremental_vacuum(256)")
        }
        return removed >= limit
    }
}

extension Connection {
    /// Removes the oldest events and remembers up to where: whoever comes with an older place starts over.
    fileprivate func pruneEvents(until cutoff: Int64, limit: Int) throws -> Int {
        let last = try first(
            "SELECT max(seq) FROM (SELECT seq, at FROM events ORDER BY seq LIMIT ?) WHERE at <= ?",
            .int(limit),
            .integer(cutoff)
        ) { try $0.optionalInteger(0) }
        guard let last = last ?? nil else { return 0 }
        try execute("UPDATE settings SET value = ? WHERE name = 'pruned_through'", .integer(last))
        return try execute("DELETE FROM events WHERE seq <= ?", .integer(last))
    }

    /// Looks at some of the owners' keys and removes what lies behind the virtual time, for that decides nothing any more.
    /// Not at all of them at once: very many owners may wait.
    ///
    /// - Returns: where to go on.
    fileprivate func pruneOwnerKeys(after place: OwnerKeysPlace, limit: Int) throws -> OwnerKeysPlace {
        let last = try first(
            """
            SELECT owner, priority FROM owner_keys WHERE (owner, priority) > (?, ?)
            ORDER BY owner, priority LIMIT 1 OFFSET ?
            """,
            .text(place.owner),
            .integer(place.priority),
            .int(limit - 1)
        ) { OwnerKeysPlace(owner: try $0.text(0), priority: try $0.integer(1)) }
        try execute(
            """
            DELETE FROM owner_keys WHERE (owner, priority) > (?1, ?2) AND (owner, priority) <= (?3, ?4)
                AND order_key < (SELECT order_key FROM virtual_times AS now WHERE now.priority = owner_keys.priority)
            """,
            .text(place.owner),
            .integer(place.priority),
            // Every text stands before a blob.
            last.map { .text($0.owner) } ?? .blob([]),
            .integer(last?.priority ?? 0)
        )
        return last ?? OwnerKeysPlace()
    }

    /// A job whose row is gone, as its message and its pictures tell it.
    func prunedJob(_ id: JobID, as requester: Requester, template: ImageURLTemplate) throws -> Job? {
        let message = try first(Self.messageByJob, .text(id.description)) { try Self.message($0) }
        guard let message, requester.mayTouch(message.owner) else { return nil }
        return Job(id, rememberedBy: message, images: try images(ofJob: id), template: template)
    }

    private static let messageByJob = SQL(
        """
        SELECT \(messageColumns) FROM messages INDEXED BY messages_by_job
        WHERE json_extract(extra_metadata, '$.job_id') = ?
        """
    )
}

/// How far the owners' keys have been looked through by pruning.
struct OwnerKeysPlace: Sendable, Equatable {
    // Before all, nobody's keys included.
    var owner = ""
    var priority: Int64 = -1
}
