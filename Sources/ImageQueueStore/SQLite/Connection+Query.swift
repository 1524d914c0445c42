internal import CSQLite

extension Connection {
    /// Runs a statement to its end, whatever rows it returns.
    ///
    /// - Returns: how many rows it inserted, updated or deleted itself (triggers' changes don't count).
    @discardableResult
    func execute(_ sql: SQL, _ arguments: Value...) throws -> Int {
        try execute(sql, arguments: arguments)
    }

    /// ``execute(_:_:)`` with the arguments in an array.
    @discardableResult
    func execute(_ sql: SQL, arguments: [Value]) throws -> Int {
        try withStatement(sql, arguments) { statement in
            while try statement.step() {}
            // sqlite3_changes tells of the last INSERT, UPDATE or DELETE, which need not be this statement.
            return statement.kind == .changingRows ? Int(sqlite3_changes64(handle)) : 0
        }
    }

    /// All rows, each read by `read`.
    func query<Element>(
        _ sql: SQL,
        _ arguments: Value...,
        read: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        try query(sql, arguments: arguments, read: read)
    }

    /// ``query(_:_:read:)`` with the arguments in an array.
    func query<Element>(
        _ sql: SQL,
        arguments: [Value],
        read: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        try withStatement(sql, arguments) { statement in
            let row = Row(statement)
            var elements: [Element] = []
            while try statement.step() { elements.append(try read(row)) }
            return elements
        }
    }

    /// The first row, or nil. A statement that writes is run to its end.
    func first<Element>(
        _ sql: SQL,
        _ arguments: Value...,
        read: (borrowing Row) throws -> Element
    ) throws -> Element? {
        try first(sql, arguments: arguments, read: read)
    }

    /// ``first(_:_:read:)`` with the arguments in an array.
    func first<Element>(
        _ sql: SQL,
        arguments: [Value],
        read: (borrowing Row) throws -> Element
    ) throws -> Element? {
        try withStatement(sql, arguments) { statement in
            // Named: Swift 6.3's optimizer crashes on a row that is made in the call's own brackets.
            let row = Row(statement)
            guard try statement.step() else { return nil }
            let element = try read(row)
            if statement.kind != .reading { while try statement.step() {} }
            return element
        }
    }

    /// Calls `body` with each row until it returns false.
    func forEach(_ sql: SQL, _ arguments: Value..., body: (borrowing Row) throws -> Bool) throws {
        try withStatement(sql, arguments) { statement in
            let row = Row(statement)
            while try statement.step() {
                guard try body(row) else { return }
            }
        }
    }

    /// ``savepoint(_:)`` for a part of a write that hardly ever fails after it has changed something. A savepoint has SQLite
    /// keep a copy of each page that follows, so the optimistic way goes without (see ``GroupCommit``).
    ///
    /// - Throws: what `body` throws, or ``PartFailed`` where it can be undone only with a savepoint.
    func part<Result>(_ body: () throws -> Result) throws -> Result {
        guard isOptimistic else { return try savepoint(body) }
        let before = changeMark
        do {
            return try body()
        } catch  where changeMark != before {
            throw PartFailed()
        }
    }

    /// Keeps what `body` did if it returns, undoes it if it throws; what came before it stands.
    func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
        // Outside a transaction SAVEPOINT would begin one.
        guard isInTransaction else { throw DatabaseError(.abort, "no transaction is open for a savepoint") }
        let (leasesTaken, complaints) = (leasesTaken, complaints)
        try control("SAVEPOINT body")
        do {
            let result = try body()
            try control("RELEASE body")
            return result
        } catch {
            (self.leasesTaken, self.complaints) = (leasesTaken, complaints)
            // An error may have ended the whole transaction, and every savepoint with it.
            if isInTransaction {
                try control("ROLLBACK TO body")
                try control("RELEASE body")
            }
            throw error
        }
    }
}

/// A part of a write has failed after it changed something: all is to be rolled back and run again with savepoints.
struct PartFailed: Error {}
