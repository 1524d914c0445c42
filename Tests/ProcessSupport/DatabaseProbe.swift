internal import CSQLite
internal import Foundation

/// Looks into a database file by SQLite itself, as an administrator would.
package struct DatabaseProbe {
    package let path: String

    package init(path: String) { self.path = path }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The first column of the first row, as text.
    package func text(_ sql: String) throws -> String? {
        let connection = try open()
        defer { sqlite3_close(connection) }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { throw failure(connection) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_text(statement, 0).map { String(cString: $0) }
        case SQLITE_DONE: return nil
        default: throw failure(connection)
        }
    }

    /// Runs `body` while nobody else can write.
    package func whileLocked<Result>(_ body: () async throws -> Result) async throws -> Result {
        let connection = try open()
        // With the connection the transaction ends.
        defer { sqlite3_close(connection) }
        guard sqlite3_exec(connection, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK else { throw failure(connection) }
        return try await body()
    }

    /// Writes rubbish over the first page of a table.
    package func damage(table: String) throws {
        try damage(pageFoundBy: "SELECT rootpage FROM sqlite_schema WHERE name = '\(table)'")
    }

    /// Writes rubbish over a page, whose number is what a query answers.
    package func damage(pageFoundBy query: String) throws {
        _ = try text("PRAGMA wal_checkpoint(TRUNCATE)")
        guard let page = try text(query).flatMap({ Int($0) }),
            let size = try text("PRAGMA page_size").flatMap({ Int($0) })
        else { throw Failure(description: "no such page") }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seek(toOffset: UInt64((page - 1) * size))
        try handle.write(contentsOf: Data(repeating: 0xA5, count: size))
        try handle.close()
    }

    /// Creates a database of some other program's.
    package static func makeForeign(at path: String) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        _ = try DatabaseProbe(path: path).text("CREATE TABLE songs (title TEXT)")
        _ = try DatabaseProbe(path: path).text("INSERT INTO songs VALUES ('Üsküdar''a gider iken')")
    }

    private func open() throws -> OpaquePointer? {
        var connection: OpaquePointer?
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else {
            defer { sqlite3_close(connection) }
            throw failure(connection)
        }
        sqlite3_busy_timeout(connection, 5000)
        return connection
    }

    private func failure(_ connection: OpaquePointer?) -> Failure {
        Failure(description: String(cString: sqlite3_errmsg(connection)))
    }
}
