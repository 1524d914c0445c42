extension Connection {
    /// Begins a transaction that holds the write lock from the start: a later upgrade could fail with SQLITE_BUSY_SNAPSHOT,
    /// which no waiting mends.
    func begin() throws(DatabaseError) {
        try requireFile()
        leasesTaken = 0
        complaints = []
        let began = MonotonicTime.now
        do {
            try control("BEGIN IMMEDIATE")
        } catch {
            // SQLite skips the busy handler where waiting might be a deadlock. Once more, then, unless it has waited.
            guard ResultCode.busy ~= error.code, began.elapsed < busyLimit / 2 else { throw error }
            try control("BEGIN IMMEDIATE")
        }
    }

    func commit() throws(DatabaseError) {
        try control("COMMIT")
    }

    /// Ends the transaction unless an error has done so: "the sqlite3_get_autocommit() function … is the only way to find
    /// out whether SQLite automatically rolled back the transaction".
    func rollback() {
        guard isInTransaction else { return }
        // ROLLBACK fails only where no transaction is open, or where the file is beyond help: then closing ends it.
        try? control("ROLLBACK")
    }

    /// One transaction of its own, for set-up and migrations. The writer gathers: see ``Writer``.
    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try begin()
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            rollback()
            throw error
        }
    }

    /// Reads at one moment of the database.
    func snapshot<Result>(_ body: () throws -> Result) throws -> Result {
        try requireFile()
        // An interruption may come with the transaction already begun.
        defer { rollback() }
        try control("BEGIN")
        let result = try body()
        do {
            try commit()
        } catch  where ResultCode.corrupt ~= error.code {
            // So it ends after a look at damage, and has nothing to keep: what was read was read.
        }
        return result
    }
}
