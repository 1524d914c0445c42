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
        func place(_ level: Int64, _ place: Int64) -> PlaceID {
            PlaceID(level: level, priority: Int64(priority.rawValue), place: place)
        }
        var counted: [CountedPlaces] = [
            CountedPlaces(
                from: PlaceID(level: 4, priority: Int64(priority.rawValue) + 1, place: 0),
                to: PlaceID(level: 5, priority: 0, place: 0)
            ),
            CountedPlaces(from: place(4, 0), to: place(4, orderKey >> 15)),
        ]
        for (level, bits) in [(3, 10), (2, 5), (1, 0)] as [(Int64, Int64)] {
            let side = NearerSide(orderKey >> bits, bits: 5)
            counted.append(CountedPlaces(one: side.whole.map { place(level + 1, $0) }))
            counted.append(
                CountedPlaces(
                    sign: side.sign,
                    from: place(level, side.range.lowerBound),
                    to: place(level, side.range.upperBound)
                )
            )
        }
        return try first(
            """
            SELECT coalesce(sum(ranges.column1 * places.n), 0)
            FROM (VALUES
                (?1, ?2, ?3), (?4, ?5, ?6), (?7, ?8, ?9), (?10, ?11, ?12), (?13, ?14, ?15), (?16, ?17, ?18),
                (?19, ?20, ?21), (?22, ?23, ?24)
            ) ranges CROSS JOIN places
            WHERE places.id >= ranges.column2 AND places.id < ranges.column3
            """,
            arguments: counted.flatMap(\.arguments)
        ) { try $0.int(0) } ?? 0
    }

    /// How many jobs of the common lane stand before this one among those of its key.
    private func waiting(before seq: Int64, orderKey: Int64, _ priority: Priority) throws -> Int {
        func place(_ block: Int64) -> PlaceID {
            PlaceID(level: 0, priority: Int64(priority.rawValue), place: orderKey, block: block)
        }
        let jobs = NearerSide(seq, bits: 10)
        let whole = CountedPlaces(one: jobs.whole.map(place))
        return try first(
            """
            SELECT
                (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?3 AND id < ?4)
                + (SELECT coalesce(sum(n), 0) FROM places WHERE id >= ?5 AND id < ?6)
                + ?7 * (SELECT count(*) FROM jobs INDEXED BY jobs_in_order WHERE lane = '' AND state = 1
                        AND priority = ?1 AND order_key = ?2 AND seq >= ?8 AND seq < ?9)
            """,
            .int(priority.rawValue),
            .integer(orderKey),
            .integer(place(0).rawValue),
            .integer(place(seq >> 10).rawValue),
            .integer(whole.from),
            .integer(whole.to),
            .integer(jobs.sign),
            .integer(jobs.range.lowerBound),
            .integer(jobs.range.upperBound)
        ) { try $0.int(0) } ?? 0
    }
}

/// Rows of `places` that are added up, or taken away.
private struct CountedPlaces {
    var sign: Int64 = 1
    var from: Int64
    /// Not counted any more.
    var to: Int64

    init(sign: Int64 = 1, from: PlaceID, to: PlaceID) {
        self.sign = sign
        self.from = from.rawValue
        self.to = to.rawValue
    }

    /// A single row, or none.
    init(one: PlaceID?) {
        from = one?.rawValue ?? 0
        to = one.map { $0.rawValue + 1 } ?? 0
    }

    var arguments: [Value] { [.integer(sign), .integer(from), .integer(to)] }
}

/// Counting what stands before a number within its group of 2^`bits`, from the group's nearer end: either what comes before,
/// or the whole group without what comes after.
struct NearerSide: Equatable {
    /// The group that is counted whole, if one is.
    let whole: Int64?
    /// 1 or -1.
    let sign: Int64
    /// The numbers to be counted with that sign.
    let range: Range<Int64>

    init(_ number: Int64, bits: Int64) {
        let group = number >> bits
        let first = group << bits
        let end = (group + 1) << bits
        if number - first <= end - number {
            whole = nil
            sign = 1
            range = first..<number
        } else {
            whole = group
            sign = -1
            range = number..<end
        }
    }
}
