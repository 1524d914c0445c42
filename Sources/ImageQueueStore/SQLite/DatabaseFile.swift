internal import CSQLite

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Opens the database file for writing: creates it, refuses what isn't ours untouched, and brings it to the newest schema.
struct DatabaseFile {
    /// Absolute.
    let path: String
    let format: DatabaseFormat
    let configuration: ConnectionConfiguration

    /// Creates the file and its directories where they are missing. Two processes may do so at once: both succeed.
    ///
    /// - Parameter anchor: learns which file it is.
    /// - Throws: `not_a_database`, `foreign_database` and `newer_schema`, with the file as it was; what the system and
    ///   SQLite say, as ``StoreError``.
    func open(holding anchor: Anchor) throws -> Connection {
        do {
            try PrivateDirectory.create(Path.parent(of: path))
            let began = MonotonicTime.now
            while true {
                do {
                    let connection = try openOnce()
                    try anchor.hold(connection)
                    return connection
                } catch ResultCode.busy where began.elapsed < configuration.busyLimit {
                    // Somebody else creates it, or has just begun to use it: look again at what it is now.
                    usleep(UInt32.random(in: 500...1_500))
                }
            }
        } catch {
            throw StoreError.wrapping(error, path: path)
        }
    }

    private func openOnce(isSecondLook: Bool = false) throws -> Connection {
        let state = try look()
        if state == .new { try createEmpty() }
        let connection = try Connection(path: path, configuration: configuration)
        guard sqlite3_db_readonly(connection.handle, "main") == 0 else {
            // "The database is opened for reading and writing if possible, or reading only if the file is write protected".
            throw StoreError(.readOnly, "\(path) cannot be written. Check its rights and its file system.")
        }
        // Until it is known to be ours, closing must not move the WAL of another into its file.
        try connection.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        try connection.configure(configuration)
        if state != .ours { try claim(connection, hasPages: state == .empty) }
        let migrator = Migrator(path: path, format: format)
        if state == .ours, !isSecondLook, try migrator.applicationID(of: connection) != format.applicationID {
            // Its making broke off, and SQLite has just taken back what the header told: now it tells the truth.
            return try openOnce(isSecondLook: true)
        }
        try migrator.refuseForeign(connection)
        try enterWAL(connection)
        try connection.boundDurability()
        try migrator.migrate(connection)
        try connection.set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        return connection
    }

    // MARK: - What is there

    private enum State {
        case new
        /// A database without tables, of nobody or of somebody who never used it.
        case empty
        case ours
    }

    private func look() throws -> State {
        // Asked before the header: one of ours bears its application_id before it has a WAL, so that a WAL seen here and no
        // id seen after it is another's.
        let hasWAL = try (fileStatus(path + "-wal")?.st_size ?? 0) > 0
        if try JournalHeader.belongsToNothing(database: path) { return .new }
        switch try DatabaseHeader.read(path) {
        case .nothing:
            // SQLite removes the WAL of a file without pages.
            guard !hasWAL else { throw moved }
            return .new
        case .foreignFile:
            throw StoreError(.notADatabase, "\(path) is no SQLite database. Choose another file: it was left as it is.")
        case .database(format.applicationID, let version, _):
            guard version <= format.newestVersion else { throw Migrator(path: path, format: format).newer(version) }
            return .ours
        case .database(_, _, let hasTables):
            guard !hasTables, !hasWAL else {
                throw Migrator(path: path, format: format).foreign
            }
            return .empty
        }
    }

    private var moved: StoreError {
        StoreError(
            .databaseMoved,
            "\(path) is gone or empty, but \(path)-wal holds what was last written to it. Put the file back; or remove \(path)-wal if the queue is given up."
        )
    }

    /// Makes the file with mode 0600: SQLite would use 0644, and gives the `-wal` and `-shm` files the mode of this one.
    /// It gets its name only when our descriptor is closed: see ``FileDescriptor``.
    private func createEmpty() throws {
        guard try fileStatus(path) == nil else { return }
        // One maker at a time: what another has just made, with its WAL, is no remainder.
        let folder = try FileDescriptor.open(Path.parent(of: path), O_RDONLY | O_DIRECTORY)
        let began = MonotonicTime.now
        while flock(folder.number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || errno == EWOULDBLOCK else {
                throw SystemError(errno: errno, doing: "lock the folder of", path: path)
            }
            guard began.elapsed < configuration.busyLimit else {
                let folder = Path.parent(of: path)
                throw StoreError(
                    .databaseLocked,
                    "Another program held the lock of \(folder) for too long, so that \(path) could not be made. Try again; end what holds it."
                )
            }
            // `flock` itself waits for ever or not at all.
            usleep(1_000)
        }
        guard try fileStatus(path) == nil else { return }
        if let log = try fileStatus(path + "-wal"), log.st_size > 0 { throw moved }
        // Of a database that was deleted, perhaps by somebody who still has it open: SQLite would take their shared memory
        // for the new one's.
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        let temporary = path + ".new-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try FileDescriptor.createEmpty(temporary)
        defer { unlink(temporary) }
        if link(temporary, path) == 0 || errno == EEXIST { return }
        // Some file systems know no links. Then there is a moment in which the descriptor is open, but nothing to lose yet.
        do {
            try FileDescriptor.createEmpty(path)
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
    }

    // MARK: - A new file

    /// Makes an empty database ours: `auto_vacuum` first, since it is silently ignored once a table or the WAL is there,
    /// then `application_id`.
    private func claim(_ connection: Connection, hasPages: Bool) throws {
        if hasPages { try connection.script("PRAGMA journal_mode = DELETE") }
        try connection.script("PRAGMA auto_vacuum = INCREMENTAL")
        // "…the VACUUM command must be run to change auto_vacuum once the database file has pages."
        if hasPages { try connection.script("VACUUM") }
        try connection.transaction {
            let migrator = Migrator(path: path, format: format)
            guard try migrator.applicationID(of: connection) != format.applicationID else { return }
            guard try !migrator.hasTables(connection) else { throw migrator.foreign }
            try connection.script("PRAGMA application_id = \(format.applicationID)")
        }
        let vacuum = try connection.first("PRAGMA auto_vacuum") { row in try row.integer(0) }
        let encoding = try connection.first("PRAGMA encoding") { row in try row.text(0) }
        guard vacuum == 2, encoding == "UTF-8" else {
            throw StoreError(
                .foreignDatabase,
                "\(path) was set up by another program. Delete it or choose another file."
            )
        }
    }

    private func enterWAL(_ connection: Connection) throws {
        let mode = try connection.first("PRAGMA journal_mode = WAL") { row in try row.text(0) }
        guard mode == "wal" else {
            // "If the journal mode could not be changed, the original journal mode is returned."
            let advice = "Put it on a local disk: write-ahead logging needs shared memory."
            throw StoreError(.cannotOpen, "SQLite refused write-ahead logging for \(path). \(advice)")
        }
    }
}
