internal import CSQLite

/// Brings a database to the newest schema, step by step, and refuses one that is newer or another's.
struct Migrator {
    let path: String
    let format: DatabaseFormat

    /// Runs what is missing, a transaction each. Another process may do the same at once.
    func migrate(_ connection: Connection) throws {
        for migration in format.migrations where try version(of: connection) < migration.version {
            try connection.transaction {
                // Asked again under the write lock.
                let version = try version(of: connection)
                guard version < migration.version else { return }
                try migration.run(connection)
                try connection.script("PRAGMA user_version = \(migration.version)")
            }
        }
        try refuseForeign(connection)
    }

    /// Reads, and writes nothing.
    func refuseForeign(_ connection: Connection) throws {
        guard try applicationID(of: connection) == format.applicationID else { throw foreign }
        let version = try version(of: connection)
        guard version <= format.newestVersion else { throw newer(version) }
    }

    func applicationID(of connection: Connection) throws -> Int32? {
        try connection.first("PRAGMA application_id") { row in Int32(truncatingIfNeeded: try row.integer(0)) }
    }

    func hasTables(_ connection: Connection) throws -> Bool {
        try connection.first("SELECT 1 FROM sqlite_schema LIMIT 1") { _ in true } ?? false
    }

    private func version(of connection: Connection) throws -> Int {
        try connection.first("PRAGMA user_version") { row in try row.int(0) } ?? 0
    }

    var foreign: StoreError {
        let advice = "Choose another file: it was left as it is."
        return StoreError(.foreignDatabase, "\(path) is a database of another application. \(advice)")
    }

    func newer(_ version: Int) -> StoreError {
        let advice = "Update this program: the file was left as it is."
        return StoreError(
            .newerSchema,
            "\(path) has schema \(version), and this version knows \(format.newestVersion). \(advice)"
        )
    }
}
