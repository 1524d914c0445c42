/// The prepared statements of one connection, at most `capacity` of them: the one used longest ago leaves first.
struct StatementCache {
    private let capacity: Int
    private var statements: [SQL.Key: Statement] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { statements.count }

    /// A statement for `sql` that nobody is using, marked busy. Give it back with `isBusy = false`.
    mutating func take(_ sql: SQL, on connection: OpaquePointer) throws(DatabaseError) -> Statement {
        let key = sql.key
        clock += 1
        if let found = statements[key] {
            guard !found.isBusy else { return try Statement(sql, on: connection, isPersistent: false) }
            found.isBusy = true
            found.lastUse = clock
            return found
        }
        let statement = try Statement(sql, on: connection, isPersistent: true)
        if statements.count >= capacity { evict() }
        statement.isBusy = true
        statement.lastUse = clock
        statements[key] = statement
        return statement
    }

    /// A look at every statement costs less than the compilation that made the room necessary.
    private mutating func evict() {
        let idle = statements.lazy.filter { !$0.value.isBusy }
        guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        statements[oldest.key] = nil
    }

    mutating func removeAll() {
        statements.removeAll()
    }

    /// For tests: whether `sql` would be found.
    func holds(_ sql: SQL) -> Bool { statements[sql.key] != nil }
}
