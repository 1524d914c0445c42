/// The prepared statements of one connection, at most `capacity` of them: the one used longest ago leaves first.
///
/// A table of its own, for a transaction takes some fifty statements, and a dictionary's hash costs several times as much as
/// all the rest of finding one.
struct StatementCache {
    private let capacity: Int
    /// Those whose keys meet stand side by side.
    private var slots: [[Statement]]
    private(set) var count = 0
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        var size = 16
        while size < self.capacity * 2 { size *= 2 }
        slots = Array(repeating: [], count: size)
    }

    /// A statement for `sql` that nobody is using, marked busy. Give it back with `isBusy = false`.
    mutating func take(_ sql: SQL, on connection: OpaquePointer) throws(DatabaseError) -> Statement {
        let key = sql.key
        let slot = key.slot(of: slots.count)
        clock += 1
        for found in slots[slot] where found.key == key {
            guard !found.isBusy else { return try Statement(sql, on: connection, isPersistent: false) }
            found.isBusy = true
            found.lastUse = clock
            return found
        }
        let statement = try Statement(sql, on: connection, isPersistent: true)
        if count >= capacity { evict() }
        statement.isBusy = true
        statement.lastUse = clock
        slots[slot].append(statement)
        count += 1
        return statement
    }

    /// A look at every statement costs less than the compilation that made the room necessary.
    private mutating func evict() {
        let idle = slots.lazy.joined().filter { !$0.isBusy }
        guard let oldest = idle.min(by: { $0.lastUse < $1.lastUse }) else { return }
        slots[oldest.key.slot(of: slots.count)].removeAll { $0 === oldest }
        count -= 1
    }

    mutating func removeAll() {
        slots = Array(repeating: [], count: slots.count)
        count = 0
    }

    /// For tests: whether `sql` would be found.
    func holds(_ sql: SQL) -> Bool { slots[sql.key.slot(of: slots.count)].contains { $0.key == sql.key } }
}
