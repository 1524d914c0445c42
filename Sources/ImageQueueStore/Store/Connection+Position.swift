internal import ImageQueueCore

/// Places in the queue.
extension Connection {
    /// The key of the last job that was taken in order.
    func virtualTime(_ priority: Priority) throws -> Int64 {
        try first("SELECT order_key FROM virtual_times WHERE priority = ?", .int(priority.rawValue)) {
            try $0.integer(0)
        } ?? 0
    }

    /// Start-time fair queueing: max(the queue's virtual time, the owner's last key + 1). Whose jobs have all left,
    /// drawn or not, stands next: places that he gave up are not his debt.
    func nextOrderKey(_ owner: Owner, _ priority: Priority) throws -> Int64 {
        let known = try first(
            """
            SELECT order_key, (SELECT order_key + 1 FROM owner_keys WHERE owner = ?1 AND priority = ?2)
            FROM virtual_times WHERE priority = ?2
            """,
            .text(owner.rawValue),
            .int(priority.rawValue)
        ) { (time: try $0.integer(0), own: try $0.optionalInteger(1)) }
        guard let (time, own) = known else { throw JobRow.damaged("no virtual time") }
        var key = max(time, own ?? time)
        if key > time + 1, try count(of: .owner(owner), in: 0...JobState.queued.rawValue) == 0 { key = time + 1 }
        // Not in one statement with RETURNING: for that SQLite keeps a journal (see the schema).
        try execute(
            """
            INSERT INTO owner_keys (owner, priority, order_key) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET order_key = excluded.order_key
            """,
            .text(owner.rawValue),
            .int(priority.rawValue),
            .integer(key)
        )
        return key
    }

    /// 1 + the jobs before it in its lane. A reserved job is about to begin.
    func position(of row: JobRow) throws -> Int {
        if row.lifecycle.isHeld { return 1 }
        return try position(lane: row.lane, priority: row.priority, orderKey: row.orderKey, seq: row.seq)
    }

    /// 1 + the jobs that stand before this place.
    func position(lane: String, priority: Priority, orderKey: Int64, seq: Int64) throws -> Int {
        guard lane.isEmpty else {
            let before = try first(
                """
                SELECT count(*) FROM jobs WHERE lane = ?1 AND state = 1
                AND (priority > ?2 OR (priority = ?2 AND (order_key, seq) < (?3, ?4)))
                """,
                .text(lane),
                .int(priority.rawValue),
                .integer(orderKey),
                .integer(seq)
            ) { try $0.int(0) }
            return 1 + (before ?? 0)
        }
        let before = try waiting(before: orderKey, priority)
        // A number of 0 stands before every job of its key.
        return try 1 + before + (seq > 0 ? waiting(before: seq, orderKey: orderKey, priority) : 0)
    }

    /// How many jobs of the common lane stand before all that have this key.
    private func waiting(before orderKey: Int64, _ priority: Priority) throws -> Int {
        func place(_ level: Int64, _ place: Int64) -> Value {
            .integer(PlaceID(level: level, priority: Int64(priority.rawValue), place: place).rawValue)
        }
        /// Of each level what begins before the key in the 32 that the level above counts together.
        func start(_ level: Int64, _ key: Int64) -> Value { place(level, key & ~31) }
        return try first(
            """
            SELECT CASE WHEN coalesce((SELECT max(id) FROM places WHERE id < ?11), 0) < ?12
            THEN (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?3 AND id < ?2)
                - (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?10 AND id < ?11)
            ELSE (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?1 AND id < ?2)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?3 AND id < ?4)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?5 AND id < ?6)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?7 AND id < ?8)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?9 AND id < ?10)
            END
            """,
            // What is more urgent.
            .integer(PlaceID(level: 4, priority: Int64(priority.rawValue) + 1, place: 0).rawValue),
            .integer(PlaceID(level: 5, priority: 0, place: 0).rawValue),
            place(4, 0),
            place(4, orderKey >> 15),
            start(3, orderKey >> 10),
            place(3, orderKey >> 10),
            start(2, orderKey >> 5),
            place(2, orderKey >> 5),
            start(1, orderKey),
            place(1, orderKey),
            // Near the end of the queue, where most ask, it is quicker to take away from all what does not stand
            // before.
            .integer(PlaceID(level: 1, priority: Int64(priority.rawValue) + 1, place: 0).rawValue),
            place(1, orderKey + 32)
        ) { try $0.int(0) } ?? 0
    }

    /// How many jobs of the common lane stand before this one among those of its key: whole spans up to the nearest
    /// beginning of one, the blocks between that and its own, and what stands before it in its own.
    private func waiting(before seq: Int64, orderKey: Int64, _ priority: Priority) throws -> Int {
        let priority = Int64(priority.rawValue)
        func span(_ span: Int64) -> Value {
            .integer(PlaceID(priority: priority, key: orderKey, span: span).rawValue)
        }
        func block(_ block: Int64) -> Value {
            .integer(PlaceID(priority: priority, key: orderKey, block: block).rawValue)
        }
        let own = seq / NumberBlock.size
        let nearest = (own + PlaceID.span / 2) / PlaceID.span
        let start = nearest * PlaceID.span
        let found = try first(
            """
            SELECT CASE
                WHEN ?2 - (SELECT min(id) FROM places WHERE id >= ?1) <= (SELECT max(id) FROM places WHERE id < ?3) - ?2
                THEN (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?1 AND id < ?2)
                ELSE (SELECT coalesce(sum(n), 0) FROM places WHERE id = ?4)
                    - (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?2 AND id < ?3)
                END
                + ?5 * (SELECT coalesce(sum(n & 63), 0) FROM places WHERE id >= ?6 AND id < ?7),
                (SELECT n FROM places WHERE id = ?8)
            """,
            // Its spans: the first, the one to count up to, and what comes after the last.
            span(0),
            span(nearest),
            block(0),
            // All of the key, of which what does not stand before is taken away where that is less.
            .integer(PlaceID(level: 1, priority: priority, place: orderKey).rawValue),
            // The blocks between, to be added or, with its own, taken away.
            .integer(start <= own ? 1 : -1),
            block(min(start, own)),
            block(max(start, own)),
            block(own)
        ) { (before: try $0.int(0), own: try $0.optionalInteger(1)) }
        guard let found else { return 0 }
        return found.before + NumberBlock(n: found.own ?? 0).waiting(before: seq)
    }
}
