internal import CSQLite
internal import CSQLiteShims
internal import ImageQueueConcurrency

/// One connection to the database, for one of the library's threads.
///
/// Opened with SQLITE_OPEN_NOMUTEX: "the new database connection will use the multi-thread threading mode", which is safe
/// as long as no connection is used by two threads at once. That is why it isn't `Sendable`, and why the closures that are
/// lent one run where it lives.
final class Connection {
    let path: String
    let handle: OpaquePointer
    /// While true, a statement outside a transaction is refused: see ``GroupCommit``.
    var requiresTransaction = false
    /// While true, a part of a write is run without a savepoint: see ``part(_:)``.
    var isOptimistic = false
    /// How many leases the transaction that is open, or was just committed, has taken from dead and hung workers.
    var leasesTaken = 0
    /// What it could not do.
    var complaints: [Complaint] = []
    /// Pages in the WAL after the last commit of this connection.
    private(set) var walPages = 0
    private(set) var durability = Durability.full
    private let strongestDurability: Durability
    /// How many statements that SQLite doesn't count as changes of rows (DDL, pragmas) have run.
    private var uncountedWrites = 0
    private var statements: StatementCache
    private let texts = LentTexts()
    private let busyHandler: BusyHandler
    /// Stops a reading connection; one that writes is never interrupted.
    let interruption = Interruption()

    /// - Parameter path: absolute, so that no name (`:memory:`, `file:…`) means anything but a file.
    /// - Throws: SQLite's error. Nothing is created: see ``DatabaseFile``.
    init(path: String, configuration: ConnectionConfiguration) throws(DatabaseError) {
        assertOwnThread()
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw DatabaseError(.cannotOpen, "the path must be absolute and hold no NUL")
        }
        self.path = path
        statements = StatementCache(capacity: configuration.statementCapacity)
        busyHandler = BusyHandler(limit: configuration.busyLimit)
        strongestDurability = configuration.strongestDurability
        let access = configuration.access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            // "Whether or not an error occurs when it is opened, resources … should be released".
            defer { sqlite3_close_v2(opened) }
            throw DatabaseError(code, of: opened)
        }
        handle = opened
        busyHandler.install(on: opened)
        for (option, on) in [
            (SQLITE_DBCONFIG_DEFENSIVE, true), (SQLITE_DBCONFIG_DQS_DML, false), (SQLITE_DBCONFIG_DQS_DDL, false),
            (SQLITE_DBCONFIG_ENABLE_FKEY, true),
        ] {
            try set(option, on)
        }
        switch configuration.access {
        case .readOnly: interruption.install(on: opened)
        case .readWrite: observeWAL()
        }
    }

    deinit {
        assertOwnThread()
        statements.removeAll()
        // With every statement finalized the connection closes at once.
        sqlite3_close_v2(handle)
    }

    /// What needs the file itself, and so comes after the look at what the file is (see ``DatabaseFile``).
    func configure(_ configuration: ConnectionConfiguration) throws(DatabaseError) {
        try script("PRAGMA temp_store = MEMORY")
        try script("PRAGMA cache_size = -\(configuration.cacheKibibytes)")
        switch configuration.access {
        case .readOnly:
            try script("PRAGMA query_only = ON")
        case .readWrite:
            // With it "database corruption is detected earlier and is less likely to 'spread'". Who only reads spreads none,
            // and would pay for it with half of what a look at a job costs where its pages are not at hand.
            try script("PRAGMA cell_size_check = ON")
            // A file is made with a rollback journal, whose header and records NORMAL syncs in one: a power cut in that
            // sync can leave a header that tells of a record whose data is lost, and page 1 is rolled back to zeros.
            try script("PRAGMA synchronous = FULL")
            // Pages stay in memory until COMMIT. Where some were written to the WAL before, and a savepoint is rolled back
            // after it, SQLite (3.40.1 at least) may write frames without checksums: whoever opens the file after a crash
            // then finds nothing of what was committed since.
            try script("PRAGMA cache_spill = OFF")
            // What is deleted is zeroed where its page is written anyway. Debian's SQLite zeroes every page that becomes
            // free as well, and so writes all of a picture once more when its job is pruned.
            try script("PRAGMA secure_delete = FAST")
            try script("PRAGMA journal_size_limit = \(configuration.walKeptBytes)")
            #if canImport(Darwin)
            // There fsync leaves the data in the drive's cache.
            try script("PRAGMA fullfsync = ON")
            try script("PRAGMA checkpoint_fullfsync = ON")
            #endif
        }
    }

    /// Sets one of the switches of sqlite3_db_config.
    func set(_ option: Int32, _ on: Bool) throws(DatabaseError) {
        assertOwnThread()
        let code = csqlite_set_switch(handle, option, on ? 1 : 0)
        guard code == SQLITE_OK else { throw DatabaseError(code, of: handle) }
    }

    /// "The sqlite3_wal_autocheckpoint() interface … invoke[s] sqlite3_wal_hook()": a hook of our own replaces it, so a
    /// commit never pays for a checkpoint.
    private func observeWAL() {
        let hook: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
            context,
            _,
            _,
            pages in
            guard let context else { return SQLITE_OK }
            Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().walPages = Int(pages)
            return SQLITE_OK
        }
        sqlite3_wal_hook(handle, hook, Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: - State

    var isInTransaction: Bool {
        assertOwnThread()
        return sqlite3_get_autocommit(handle) == 0
    }

    var lastInsertRowID: Int64 {
        assertOwnThread()
        return sqlite3_last_insert_rowid(handle)
    }

    var cachedStatementCount: Int { statements.count }
    func isCached(_ sql: SQL) -> Bool { statements.holds(sql) }
    /// What running statements were lent: 0 when none runs.
    var lentBytes: Int { texts.used }

    /// Two equal marks: nothing was written between them. A statement that was undone by its own error doesn't count.
    var changeMark: ChangeMark {
        assertOwnThread()
        return ChangeMark(rows: sqlite3_total_changes64(handle), others: uncountedWrites)
    }

    struct ChangeMark: Equatable {
        fileprivate let rows: Int64
        fileprivate let others: Int
    }

    /// Takes effect for transactions that begin later: "PRAGMA synchronous" inside one is an error.
    func setDurability(_ wanted: Durability) throws(DatabaseError) {
        guard wanted != durability else { return }
        try synchronize(wanted)
        durability = wanted
    }

    /// To be called once the file has its WAL: from then on nothing is more durable than was configured.
    func boundDurability() throws(DatabaseError) {
        if strongestDurability < .full { try synchronize(durability) }
    }

    private func synchronize(_ wanted: Durability) throws(DatabaseError) {
        switch min(wanted, strongestDurability) {
        case .full: try script("PRAGMA synchronous = FULL")
        case .normal: try script("PRAGMA synchronous = NORMAL")
        }
    }

    /// How long a statement waits for others' locks.
    var busyLimit: Duration { busyHandler.limit }

    /// Waits for others' locks for another span than usual.
    func withBusyLimit<Result>(_ limit: Duration, _ body: () throws -> Result) rethrows -> Result {
        let usual = busyHandler.limit
        busyHandler.limit = limit
        defer { busyHandler.limit = usual }
        return try body()
    }

    /// Makes sure that the path still leads to the file that is open. Costs one call of the system.
    ///
    /// - Throws: ``DatabaseError/moved``.
    func requireFile() throws(DatabaseError) {
        assertOwnThread()
        var hasMoved: Int32 = 0
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        if hasMoved != 0 { throw .moved }
    }

    // MARK: - Running

    /// Lends the prepared statement of `sql`, bound, and ends its run however `body` ends.
    func withStatement<Result>(
        _ sql: SQL,
        _ arguments: [Value],
        _ body: (Statement) throws -> Result
    ) throws -> Result {
        assertOwnThread()
        let statement = try statements.take(sql, on: handle)
        let mark = texts.used
        defer {
            statement.finish()
            texts.giveBack(to: mark)
            statement.isBusy = false
        }
        if requiresTransaction { try refuseOutsideTransaction(statement) }
        try statement.bind(arguments, texts)
        if statement.kind == .other { uncountedWrites += 1 }
        return try body(statement)
    }

    /// What a body could do to the transaction that it shares with its neighbours.
    private func refuseOutsideTransaction(_ statement: Statement) throws(DatabaseError) {
        guard statement.kind != .control else {
            let advice = "inside a write, a transaction is begun and ended by the writer (use savepoint)"
            throw DatabaseError(.misuse, advice, sql: statement.sql.text)
        }
        guard isInTransaction else {
            throw DatabaseError(.abort, "an earlier error has ended the transaction", sql: statement.sql.text)
        }
    }

    /// Runs any number of statements without arguments: schemas, pragmas, transaction control. Nothing is cached.
    func script(_ sql: String) throws(DatabaseError) {
        assertOwnThread()
        uncountedWrites += 1
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw DatabaseError(code, of: handle, sql: sql) }
    }

    /// Runs BEGIN, COMMIT and their like, which ``withStatement(_:_:_:)`` refuses to bodies.
    func control(_ sql: SQL) throws(DatabaseError) {
        assertOwnThread()
        let statement = try statements.take(sql, on: handle)
        defer {
            statement.finish()
            statement.isBusy = false
        }
        while try statement.step() {}
    }
}

@available(*, unavailable)
extension Connection: Sendable {}
