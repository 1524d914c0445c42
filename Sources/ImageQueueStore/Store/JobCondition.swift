internal import ImageQueueCore

/// A filter and a requester as a condition on `jobs`.
struct JobCondition {
    private let walks: [Walk]
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
        walks = Walk.all(filter, states, as: requester)
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
        guard var shortest = walks.first else { return "jobs" }
        if walks.count > 1 {
            var least = try connection.length(of: shortest, upTo: .max)
            for walk in walks.dropFirst() {
                let length = try connection.length(of: walk, upTo: least)
                if length < least { (shortest, least) = (walk, length) }
            }
        }
        return "jobs INDEXED BY \(shortest.index)"
    }

    mutating func add(_ part: String, _ value: Value) {
        sql += " AND \(part)"
        arguments.append(value)
    }
}

/// A way to find jobs, newest first: along an index.
private enum Walk {
    case unfinished
    case ended(JobState)
    case owner(Owner)
    case conversation(ConversationID)

    /// Those that find what is wanted; none where SQLite is to decide.
    static func all(_ filter: JobFilter, _ states: Set<JobState>?, as requester: Requester) -> [Walk] {
        guard let states, let one = states.first, filter.jobs == nil, filter.batch == nil else { return [] }
        var walks: [Walk]
        if states.allSatisfy({ !$0.isFinal }) {
            walks = [.unfinished]
        } else if isOneEnding(states) {
            walks = [.ended(one)]
        } else {
            return []
        }
        if case .owner(let owner) = requester {
            walks.append(.owner(owner))
        } else if let owner = filter.owner {
            walks.append(.owner(owner))
        }
        if let conversation = filter.conversation { walks.append(.conversation(conversation)) }
        return walks
    }

    static func isOneEnding(_ states: Set<JobState>) -> Bool { states.count == 1 && states.allSatisfy(\.isFinal) }

    var index: String {
        switch self {
        case .unfinished: "jobs_unfinished"
        case .ended: "jobs_ended"
        case .owner: "jobs_by_owner"
        case .conversation: "jobs_by_conversation"
        }
    }
}

extension Connection {
    /// How many jobs a walk to its end passes. Where that has to be counted, it is up to a limit.
    fileprivate func length(of walk: Walk, upTo limit: Int) throws -> Int {
        switch walk {
        case .unfinished: try count(of: .everybody, in: 0...JobState.processing.rawValue)
        case .ended(let state): try count(of: .everybody, in: state.rawValue...state.rawValue)
        case .owner(let owner): try count(of: .owner(owner), in: 0...JobState.cancelled.rawValue)
        case .conversation(let conversation):
            // No count is kept. To count along the index alone takes a fraction of the walk.
            try first(
                """
                SELECT count(*) FROM (
                    SELECT 1 FROM jobs INDEXED BY jobs_by_conversation WHERE conversation_id = ? LIMIT ?
                )
                """,
                .text(conversation.rawValue),
                .int(limit)
            ) { try $0.int(0) } ?? 0
        }
    }
}
