internal import ImageQueueCore

/// Whose jobs are counted.
enum CountedOwner {
    case owner(Owner)
    case everybody

    /// As it stands in `counters`: see the schema. No owner of a job has the name that stands for all, and who asks as
    /// one of that name is told nothing.
    fileprivate var name: String? {
        switch self {
        case .owner(let owner): owner.rawValue == "\u{1}" ? nil : owner.rawValue
        case .everybody: "\u{1}"
        }
    }
}

/// The counts that are kept.
extension Connection {
    func count(of owner: CountedOwner, in states: ClosedRange<Int>) throws -> Int {
        try first(
            "SELECT coalesce(sum(n), 0) FROM counters WHERE owner = ? AND state BETWEEN ? AND ?",
            owner.name.map(Value.text) ?? .null,
            .int(states.lowerBound),
            .int(states.upperBound)
        ) { try $0.int(0) } ?? 0
    }

    func counts(of owner: CountedOwner) throws -> JobCounts {
        var counts: [JobState: Int] = [:]
        try forEach("SELECT state, n FROM counters WHERE owner = ?", owner.name.map(Value.text) ?? .null) { row in
            guard let state = JobState(rawValue: try row.int(0)) else { throw JobRow.damaged("a job's state") }
            counts[state] = try row.int(1)
            return true
        }
        return JobCounts(counts)
    }
}
