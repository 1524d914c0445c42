import ImageQueueCore

/// Places in the queue.
extension Connection {
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
        let thousands = NearerSide(orderKey >> 10, bits: 5)
        let thirtyTwos = NearerSide(orderKey >> 5, bits: 5)
        let keys = NearerSide(orderKey, bits: 5)
        return try first(
            """
            SELECT coalesce(sum(ranges.column1 * places.n), 0)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE level = 4 AND priority > ?1)
            FROM (VALUES
                (1, 4, -1, ?2), (1, 4, ?3, ?3 + 1), (?4, 3, ?5, ?6), (1, 3, ?7, ?7 + 1), (?8, 2, ?9, ?10),
                (1, 2, ?11, ?11 + 1), (?12, 1, ?13, ?14)
            ) ranges CROSS JOIN places
            WHERE places.level = ranges.column2 AND places.priority = ?1
                AND places.place >= ranges.column3 AND places.place < ranges.column4
            """,
            arguments: [.int(priority.rawValue), .integer(orderKey >> 15)] + thousands.arguments + thirtyTwos.arguments
                + keys.arguments
        ) { try $0.int(0) } ?? 0
    }

    /// How many jobs of the common lane stand before this one among those of its key.
    private func waiting(before seq: Int64, orderKey: Int64, _ priority: Priority) throws -> Int {
        let jobs = NearerSide(seq, bits: 10)
        return try first(
            """
            SELECT
                (SELECT coalesce(sum(n), 0) FROM places WHERE level = 0 AND priority = ?1 AND place = ?2 AND block < ?3)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE level = 0 AND priority = ?1 AND place = ?2
                   AND block = ?4)
                + ?5 * (SELECT count(*) FROM jobs INDEXED BY jobs_in_order WHERE lane = '' AND state = 1
                        AND priority = ?1 AND order_key = ?2 AND seq >= ?6 AND seq < ?7)
            """,
            arguments: [.int(priority.rawValue), .integer(orderKey), .integer(seq >> 10)] + jobs.arguments
        ) { try $0.int(0) } ?? 0
    }
}

/// Counting what stands before a number within its group of 2^`bits`, from the group's nearer end: either what comes before,
/// or the whole group without what comes after.
struct NearerSide: Equatable {
    /// The group that is counted whole; none has the number -1.
    let whole: Int64
    /// 1 or -1.
    let sign: Int64
    /// The numbers to be counted with that sign.
    let range: Range<Int64>

    init(_ number: Int64, bits: Int64) {
        let group = number >> bits
        let first = group << bits
        let end = (group + 1) << bits
        if number - first <= end - number {
            whole = -1
            sign = 1
            range = first..<number
        } else {
            whole = group
            sign = -1
            range = number..<end
        }
    }

    fileprivate var arguments: [Value] {
        [.integer(whole), .integer(sign), .integer(range.lowerBound), .integer(range.upperBound)]
    }
}
