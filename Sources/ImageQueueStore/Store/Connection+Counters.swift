internal import ImageQueueCore

/// Whose jobs are counted.
enum CountedOwner {
    case owner(Owner)
    case everybody

    /// As it stands in `counters`: see the schema.
    fileprivate var name: String {
        switch self {
        case .owner(let owner): owner.rawValue
        case .everybody: "\u{1}"
        }
    }
}

/// The counts that are kept.
extension Connection {
    func count(of owner: CountedOwner, in states: ClosedRange<Int>) throws -> Int {
        try first(
            "SELECT coalesce(sum(n), 0) FROM counters WHERE owner = ? AND state BETWEEN ? AND ?",
            .text(owner.name),
            .int(states.lowerBound),
            .int(states.upperBound)
        ) { try $0.int(0) } ?? 0
    }

    func counts(of owner: CountedOwner) throws -> JobCounts {
        var counts: [JobState: Int] = [:]
        try forEach("SELECT state, n FROM counters WHERE owner = ?", .text(owner.name)) { row in
            guard let state = JobState(rawValue: try row.int(0)) else { throw JobRow.damaged("a job's state") }
            counts[state] = try row.int(1)
            return true
        }
        return JobCounts(counts)
    }
}
