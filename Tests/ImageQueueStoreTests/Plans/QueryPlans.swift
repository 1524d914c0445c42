import CSQLite

@testable import ImageQueueStore

/// The plans that SQLite makes for a database as it stands.
enum QueryPlans {
    /// Of each statement the steps, its triggers' included, that walk through a table or sort.
    ///
    /// On a connection of its own: EXPLAIN runs nothing, so one that has read the schema before never learns that ANALYZE
    /// has changed what the planner goes by.
    static func objections(to statements: [String], path: String) async throws -> [String: [String]] {
        try await onThread {
            let connection = try Connection(path: path, configuration: ConnectionConfiguration(access: .readOnly))
            // "Output for any operations performed by trigger programs" is off by default.
            try connection.set(SQLITE_DBCONFIG_TRIGGER_EQP, true)
            var found: [String: [String]] = [:]
            for statement in statements {
                let steps = try plan(of: statement, connection).filter { step in
                    let isBad = step.hasPrefix("SCAN") || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC")
                    return isBad && !PlanException.all.contains { $0.allows(step, in: statement) }
                }
                if !steps.isEmpty { found[statement] = steps }
            }
            return found
        }
    }

    /// The steps, whatever its parameters are: they stay unbound.
    private static func plan(of statement: String, _ connection: Connection) throws -> [String] {
        let sql = SQL("EXPLAIN QUERY PLAN " + statement)
        let prepared = try Statement(sql, on: connection.handle, isPersistent: false)
        var steps: [String] = []
        // The trigger that carries out ON DELETE CASCADE has no name, but steps below it.
        while try prepared.step() { steps.append(try Row(prepared).optionalText(3) ?? "") }
        guard !steps.isEmpty || statement.hasPrefix("INSERT") else {
            throw DatabaseError(.misuse, "no plan", sql: statement)
        }
        return steps
    }
}
