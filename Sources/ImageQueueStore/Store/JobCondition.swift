import ImageQueueCore

/// A filter and a requester as a condition on `jobs`.
struct JobCondition {
    /// What the rows come from: the table, and by which index where nothing but states is asked for. ANALYZE in a long queue
    /// would have it walked backwards from the newest job, also years later when nearly all of it has ended.
    let source: String
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
            if Self.isOneEnding(states) { parts.append("finished_at IS NOT NULL") }
        }
        source = Self.source(filter, states, as: requester)
        if let owner = filter.owner { add("owner = ?", .text(owner.rawValue)) }
        if case .owner(let owner) = requester { add("owner = ?", .text(owner.rawValue)) }
        if let conversation = filter.conversation { add("conversation_id = ?", .text(conversation.rawValue)) }
        if let batch = filter.batch { add("batch_id = ?", .text(batch.description)) }
        sql = parts.isEmpty ? "1" : parts.joined(separator: " AND ")
        arguments = values
    }

    private static func isOneEnding(_ states: Set<JobState>) -> Bool {
        states.count == 1 && states.allSatisfy(\.isFinal)
    }

    private static func source(_ filter: JobFilter, _ states: Set<JobState>?, as requester: Requester) -> String {
        guard let states, !states.isEmpty, requester == .operator, filter.jobs == nil, filter.owner == nil,
            filter.conversation == nil,
            filter.batch == nil
        else { return "jobs" }
        if states.allSatisfy({ !$0.isFinal }) { return "jobs INDEXED BY jobs_unfinished" }
        return isOneEnding(states) ? "jobs INDEXED BY jobs_ended" : "jobs"
    }

    mutating func add(_ part: String, _ value: Value) {
        sql += " AND \(part)"
        arguments.append(value)
    }
}
