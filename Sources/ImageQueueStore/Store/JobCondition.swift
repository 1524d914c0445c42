internal import ImageQueueCore

/// A filter and a requester as a condition on `jobs`, and the ways to what meets it.
struct JobCondition {
    /// Looks for jobs along one index.
    struct Search {
        fileprivate(set) var source: String
        fileprivate(set) var sql: String
        fileprivate(set) var arguments: [Value]

        mutating func add(_ part: String, _ value: Value) {
            sql += " AND \(part)"
            arguments.append(value)
        }
    }

    private let filter: JobFilter
    private let states: Set<JobState>?
    private let owner: Owner?
    private let others: [(part: String, value: Value)]

    /// - Parameter unfinishedUnlessNamed: without named jobs or states, only those that have not ended.
    init(_ filter: JobFilter, as requester: Requester, unfinishedUnlessNamed: Bool = false) {
        self.filter = filter
        states = filter.states ?? (unfinishedUnlessNamed && filter.jobs == nil ? JobFilter.unfinished : nil)
        var others: [(String, Value)] = []
        if let owner = filter.owner { others.append(("owner = ?", .text(owner.rawValue))) }
        if case .owner(let owner) = requester {
            others.append(("owner = ?", .text(owner.rawValue)))
            self.owner = owner
        } else {
            owner = filter.owner
        }
        if let conversation = filter.conversation {
            others.append(("conversation_id = ?", .text(conversation.rawValue)))
        }
        if let batch = filter.batch { others.append(("batch_id = ?", .text(batch.description))) }
        self.others = others
    }

    /// All of it on rows that are found otherwise.
    var whole: Search { search("jobs NOT INDEXED", states.map(Self.among)) }

    /// What finds the jobs, newest first each: one search, or one for each way in which jobs end. SQLite can't choose
    /// by itself: it has no idea how many of an owner's jobs have ended; for two endings at once it would look through
    /// all jobs there are; and ANALYZE in a long queue would have it walk backwards from the newest job,
    /// also years later.
    func searches(on connection: Connection) throws -> [Search] {
        // Any number of names is one argument.
        if filter.jobs != nil { return [search("jobs INDEXED BY sqlite_autoindex_jobs_1", states.map(Self.among))] }
        if filter.batch != nil { return [search("jobs INDEXED BY jobs_by_batch", states.map(Self.among))] }
        var walks: [[Walk]] = []
        if let states, states != Set(JobState.allCases) { walks.append(Walk.endings(of: states)) }
        if let owner { walks.append([.owner(owner)]) }
        if let conversation = filter.conversation { walks.append([.conversation(conversation)]) }
        guard var shortest = walks.first else { return [search("jobs", nil)] }
        if walks.count > 1 {
            var least = try connection.length(of: shortest, upTo: .max)
            for walk in walks.dropFirst() {
                let length = try connection.length(of: walk, upTo: least)
                if length < least { (shortest, least) = (walk, length) }
            }
        }
        return shortest.map { search("jobs INDEXED BY \($0.index)", $0.condition(wanted: states)) }
    }

    private func search(_ source: String, _ condition: String?) -> Search {
        var parts = others.map(\.part)
        if let condition { parts.insert(condition, at: 0) }
        var arguments = others.map(\.value)
        if let jobs = filter.jobs {
            parts.insert("id IN (SELECT value FROM json_each(?))", at: 0)
            arguments.insert(.list(of: jobs), at: 0)
        }
        return Search(
            source: source,
            sql: parts.isEmpty ? "1" : parts.joined(separator: " AND "),
            arguments: arguments
        )
    }

    fileprivate static func among(_ states: Set<JobState>) -> String {
        "state IN (\(states.map { String($0.rawValue) }.sorted().joined(separator: ", ")))"
    }
}

extension Value {
    /// Job ids for `json_each`: any number of them is one argument.
    static func list(of jobs: Set<JobID>) -> Value { .text("[\(jobs.map { "\"\($0)\"" }.joined(separator: ","))]") }
}

/// A way to find jobs, newest first: along an index.
private enum Walk {
    case unfinished(Set<JobState>)
    case ended(JobState)
    case owner(Owner)
    case conversation(ConversationID)

    /// One for what has not ended, and one for each ending.
    static func endings(of states: Set<JobState>) -> [Walk] {
        let unfinished = states.filter { !$0.isFinal }
        return (unfinished.isEmpty ? [] : [.unfinished(unfinished)])
            + states.filter(\.isFinal).sorted { $0.rawValue < $1.rawValue }.map { .ended($0) }
    }

    var index: String {
        switch self {
        case .unfinished: "jobs_unfinished"
        case .ended: "jobs_ended"
        case .owner: "jobs_by_owner"
        case .conversation: "jobs_by_conversation"
        }
    }

    func condition(wanted states: Set<JobState>?) -> String? {
        switch self {
        // The condition of the index, to the letter: however long the history, it is not looked through.
        case .unfinished(let states): "\(JobCondition.among(states)) AND state < 3"
        // It is not about `state`: after ANALYZE SQLite would look for a range of states, and sort.
        case .ended(let state): "\(JobCondition.among([state])) AND finished_at IS NOT NULL"
        case .owner, .conversation: states.map(JobCondition.among)
        }
    }
}

extension Connection {
    /// How many jobs walks to their ends pass. Where that has to be counted, it is up to a limit.
    fileprivate func length(of walks: [Walk], upTo limit: Int) throws -> Int {
        try walks.reduce(0) { sum, walk in try sum + length(of: walk, upTo: limit) }
    }

    private func length(of walk: Walk, upTo limit: Int) throws -> Int {
        switch walk {
        case .unfinished: try count(of: .everybody, in: 0...JobState.processing.rawValue)
        case .ended(let state): try count(of: .everybody, in: state.rawValue...state.rawValue)
        case .owner(let owner): try count(of: .owner(owner), in: 0...JobState.cancelled.rawValue)
        case .conversation(let conversation):
            // No count is kept. To count along the index alone takes a fraction of the walk; but what is longer than
            // this is not counted to its end, and is not taken for the shorter way.
            try conversationLength(conversation, upTo: min(limit, 20_000)) ?? .max
        }
    }

    /// - Returns: nil for one that is at least as long.
    private func conversationLength(_ conversation: ConversationID, upTo limit: Int) throws -> Int? {
        let count = try first(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM jobs INDEXED BY jobs_by_conversation WHERE conversation_id = ? LIMIT ?
            )
            """,
            .text(conversation.rawValue),
            .int(limit)
        ) { try $0.int(0) }
        return count.flatMap { $0 < limit ? $0 : nil }
    }
}
