internal import ImageQueueConcurrency
internal import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/prune(olderThan:limit:)``. Free pages go back to the file system.
    public func prune(olderThan age: Duration, limit: Int) async throws -> Bool {
        let places = pruningPlaces.withLock { $0 }
        let (isMoreLeft, hasFreePages, next) = try await write { [rules] connection in
            let now = rules.time.wall()
            let cutoff = now - age.milliseconds
            let jobs = try connection.oldJobs(until: cutoff, limit: limit)
            try connection.execute(
                "DELETE FROM jobs WHERE seq IN (SELECT value FROM json_each(?))",
                .text("\(jobs.seqs)")
            )
            let events = try connection.pruneEvents(until: cutoff, limit: limit, at: now)
            let looks = min(limit, 1_000_000) * 4
            var next = places
            next.keys = try connection.pruneKeys(
                after: places.keys,
                until: min(cutoff, now - rules.keyLifetime),
                limit: looks
            )
            next.ownerKeys = try connection.pruneOwnerKeys(after: places.ownerKeys, limit: looks)
            let free = try connection.first("PRAGMA freelist_count") { try $0.int(0) } ?? 0
            return (jobs.isMoreLeft || events >= limit, free > 0, next)
        }
        pruningPlaces.withLock { $0 = next }
        if hasFreePages {
            try await write(durability: .normal) { connection in
                try connection.script("PRAGMA incremental_vacuum(256)")
            }
        }
        return isMoreLeft
    }
}

extension Connection {
    /// The jobs that ended first, at most `limit`, and no more than start from 16 MiB of pictures: to remove those is
    /// work as well.
    ///
    /// - Returns: their numbers, and whether there are, or may be, more.
    fileprivate func oldJobs(until cutoff: Int64, limit: Int) throws -> (seqs: [Int64], isMoreLeft: Bool) {
        var seqs: [Int64] = []
        var room = 16 << 20
        try forEach(
            """
            SELECT seq, (SELECT coalesce(sum(length(bytes)), 0) FROM inputs JOIN input_files USING (sha256)
                WHERE job_seq = seq)
            FROM jobs INDEXED BY jobs_by_end
            WHERE finished_at IS NOT NULL AND finished_at <= ? ORDER BY finished_at LIMIT ?
            """,
            .integer(cutoff),
            .int(limit)
        ) { row in
            room -= try row.int(1)
            guard room >= 0 || seqs.isEmpty else { return false }
            seqs.append(try row.integer(0))
            return true
        }
        return (seqs, room < 0 || seqs.count >= limit)
    }

    /// Removes the oldest events and remembers up to where: whoever comes with an older place starts over.
    ///
    /// Those that a wrong clock has dated more than a day ahead go with them: nobody knows how old they are, and they
    /// would hold up all that follow, perhaps for years. Where the newest one is dated so,
    /// it is this clock that is wrong.
    fileprivate func pruneEvents(until cutoff: Int64, limit: Int, at now: Int64) throws -> Int {
        let newest = try first("SELECT at FROM events WHERE seq = (SELECT max(seq) FROM events)") { try $0.integer(0) }
        guard let newest else { return 0 }
        let tomorrow = now + 86_400_000
        var last: Int64?
        try forEach("SELECT seq, at FROM events ORDER BY seq LIMIT ?", .int(limit)) { row in
            let at = try row.integer(1)
            guard at <= cutoff || (at > tomorrow && newest <= tomorrow) else { return false }
            last = try row.integer(0)
            return true
        }
        guard let last else { return 0 }
        try execute("UPDATE settings SET value = ? WHERE name = 'pruned_through'", .integer(last))
        return try execute("DELETE FROM events WHERE seq <= ?", .integer(last))
    }

    /// Looks at some of the keys of submissions and removes the old ones whose jobs have ended. Not at all of them at
    /// once: of jobs that wait for months very many may be old.
    ///
    /// - Returns: where to go on.
    fileprivate func pruneKeys(after place: KeysPlace, until cutoff: Int64, limit: Int) throws -> KeysPlace {
        let last = try first(
            """
            SELECT created_at, scope, owner, key FROM keys INDEXED BY keys_by_age
            WHERE job_id IS NOT NULL AND (created_at, scope, owner, key) > (?, ?, ?, ?) AND created_at <= ?
            ORDER BY created_at, scope, owner, key LIMIT 1 OFFSET ?
            """,
            arguments: place.values + [.integer(cutoff), .int(limit - 1)]
        ) { KeysPlace(createdAt: try $0.integer(0), scope: try $0.text(1), owner: try $0.text(2), key: try $0.text(3)) }
        try execute(
            """
            DELETE FROM keys WHERE (scope, owner, key) IN (
                SELECT scope, owner, key FROM keys INDEXED BY keys_by_age
                WHERE job_id IS NOT NULL AND (created_at, scope, owner, key) > (?, ?, ?, ?)
                    AND (created_at, scope, owner, key) <= (?, ?, ?, ?)
                    AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = keys.job_id AND jobs.state < 3))
            """,
            // Every text stands before a blob.
            arguments: place.values + (last?.values ?? [.integer(cutoff), .blob([]), .blob([]), .blob([])])
        )
        return last ?? KeysPlace()
    }

    /// Looks at some of the owners' keys and removes what lies behind the virtual time, for that decides nothing any
    /// more. Not at all of them at once: very many owners may wait.
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

/// How far pruning has looked through what it does not look through at once.
struct PruningPlaces: Sendable {
    var keys = KeysPlace()
    var ownerKeys = OwnerKeysPlace()
}

/// A place among the keys of submissions, by their age.
struct KeysPlace: Sendable {
    var createdAt = Int64.min
    var scope = ""
    var owner = ""
    var key = ""

    fileprivate var values: [Value] { [.integer(createdAt), .text(scope), .text(owner), .text(key)] }
}

/// A place among the owners' keys.
struct OwnerKeysPlace: Sendable, Equatable {
    // Before all, nobody's keys included.
    var owner = ""
    var priority: Int64 = -1
}
