import ImageQueueCore

/// A filter and a requester as a condition on `jobs`.
struct JobCondition {
    private let walk: Walk
    private(set) var sql: String
    private(set) var arguments: [Value]

    /// - Parameter unfinishedUnlessNamed: without named jobs or states, only those that have not ended.
    init(_ filter: JobFilter, as requester: Requester, unfinishedUnlessNamed: Bool = false) {
        var parts: [String] = []
        var values: [Value] = []
        func add(_ part: String, _ value: Value) {
            parts.append(part)
            values.append(value)
        }
        if let jobs = filter.jobs {
            parts.append("id IN (\(Array(repeating: "?", count: jobs.count).joined(separator: ", ")))")
            values += jobs.map { .text($0.description) }
        }
        let states = filter.states ?? (unfinishedUnlessNamed && filter.jobs == nil ? JobFilter.unfinished : nil)
        if let states {
            parts.append("state IN (\(states.map { String($0.rawValue) }.sorted().joined(separator: ", ")))")
            // The condition of `jobs_unfinished`, to the letter: however long the history, it is not looked through.
            if states.allSatisfy({ !$0.isFinal }) { parts.append("state < 3") }
            // That of `jobs_ended`. It is not about `state`: after ANALYZE SQLite would look for a range of states, and sort.
            if Walk.isOneEnding(states) { parts.append("finished_at IS NOT NULL") }
        }
        walk = Walk(filter, states, as: requester)
        if let owner = filter.owner { add("owner = ?", .text(owner.rawValue)) }
        if case .owner(let owner) = requester { add("owner = ?", .text(owner.rawValue)) }
        if let conversation = filter.conversation { add("conversation_id = ?", .text(conversation.rawValue)) }
        if let batch = filter.batch { add("batch_id = ?", .text(batch.description)) }
        sql = parts.isEmpty ? "1" : parts.joined(separator: " AND ")
        arguments = values
    }

    /// What the rows come from: the table, and by which index where SQLite can't know. It has no idea how many of an owner's jobs
    /// have ended; and ANALYZE in a long queue would have it walk backwards from the newest job, also years later.
    func source(on connection: Connection) throws -> String {
        guard let index = walk.index else { return "jobs" }
        let isShorter =
            switch walk.rival {
            case nil: true
            case .owner(let owner): try connection.count(walk.states) <= connection.count(of: owner)
            case .conversation: try connection.count(walk.states) <= Self.few
            }
        return isShorter ? "jobs INDEXED BY \(index)" : "jobs"
    }

    /// So many jobs are looked through in about ten milliseconds. How many a conversation has is not kept.
    private static let few = 10_000

    mutating func add(_ part: String, _ value: Value) {
        sql += " AND \(part)"
        arguments.append(value)
    }
}

/// An index by which jobs in some states are walked along.
private struct Walk {
    /// What could be walked along instead, whichever is shorter.
    enum Rival {
        case owner(Owner)
        case conversation
    }

    /// Nil where SQLite decides.
    var index: String?
    /// Those that the index holds, or is walked along of.
    var states = 0...JobState.cancelled.rawValue
    var rival: Rival?

    init(_ filter: JobFilter, _ wanted: Set<JobState>?, as requester: Requester) {
        guard let wanted, let one = wanted.first, filter.jobs == nil, filter.batch == nil else { return }
        if wanted.allSatisfy({ !$0.isFinal }) {
            index = "jobs_unfinished"
            states = 0...JobState.processing.rawValue
        } else if Self.isOneEnding(wanted) {
            index = "jobs_ended"
            states = one.rawValue...one.rawValue
        }
        if filter.conversation != nil {
            rival = .conversation
        } else if case .owner(let owner) = requester {
            rival = .owner(owner)
        } else {
            rival = filter.owner.map(Rival.owner)
        }
    }

    static func isOneEnding(_ states: Set<JobState>) -> Bool { states.count == 1 && states.allSatisfy(\.isFinal) }
}

extension Connection {
    /// How many jobs are in these states, whoever owns them.
    fileprivate func count(_ states: ClosedRange<Int>) throws -> Int {
        // The owner who stands for all: see the schema.
        try first(
            "SELECT coalesce(sum(n), 0) FROM counters WHERE owner = '\u{1}' AND state BETWEEN ? AND ?",
            .int(states.lowerBound),
            .int(states.upperBound)
        ) { try $0.int(0) } ?? 0
    }

    fileprivate func count(of owner: Owner) throws -> Int {
        try first("SELECT coalesce(sum(n), 0) FROM counters WHERE owner = ?", .text(owner.rawValue)) { try $0.int(0) }
            ?? 0
    }
}
