internal import CSQLite
internal import ImageQueueConcurrency

/// The current row of a running statement. Not copyable, and lent for the length of a closure: the next step would pull
/// the memory from under a row that was kept.
struct Row: ~Copyable {
    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    func integer(_ column: Int) throws(DatabaseError) -> Int64 { try integer(column, of: type(of: column)) }

    func int(_ column: Int) throws(DatabaseError) -> Int {
        Int(truncatingIfNeeded: try integer(column))
    }

    func bool(_ column: Int) throws(DatabaseError) -> Bool {
        try integer(column) != 0
    }

    func real(_ column: Int) throws(DatabaseError) -> Double {
        try expect(SQLITE_FLOAT, at: column, type(of: column))
        return sqlite3_column_double(statement.handle, Int32(column))
    }

    func text(_ column: Int) throws(DatabaseError) -> String { try text(column, of: type(of: column)) }

    func blob(_ column: Int) throws(DatabaseError) -> [UInt8] {
        try expect(SQLITE_BLOB, at: column, type(of: column))
        return [UInt8](bytes(column))
    }

    func optionalInteger(_ column: Int) throws(DatabaseError) -> Int64? {
        let found = try type(of: column)
        return found == SQLITE_NULL ? nil : try integer(column, of: found)
    }

    func optionalInt(_ column: Int) throws(DatabaseError) -> Int? {
        try optionalInteger(column).map { Int(truncatingIfNeeded: $0) }
    }

    func optionalText(_ column: Int) throws(DatabaseError) -> String? {
        let found = try type(of: column)
        return found == SQLITE_NULL ? nil : try text(column, of: found)
    }

    /// Lends the bytes of a text or blob where they lie, for a decoder that needs no copy.
    func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let found = try type(of: column)
        guard found == SQLITE_TEXT || found == SQLITE_BLOB else { throw mismatch("text or blob", at: column, found) }
        return try body(UnsafeRawBufferPointer(bytes(column)))
    }

    // MARK: - Inside

    private func integer(_ column: Int, of found: Int32) throws(DatabaseError) -> Int64 {
        try expect(SQLITE_INTEGER, at: column, found)
        return sqlite3_column_int64(statement.handle, Int32(column))
    }

    private func text(_ column: Int, of found: Int32) throws(DatabaseError) -> String {
        try expect(SQLITE_TEXT, at: column, found)
        return String(decoding: bytes(column), as: UTF8.self)
    }

    private func type(of column: Int) throws(DatabaseError) -> Int32 {
        assertOwnThread()
        // Beyond the columns "the result is undefined", says the manual of sqlite3_column_type.
        guard column >= 0, column < statement.columnCount else {
            throw DatabaseError(.range, "the row has no column \(column)", sql: statement.sql.text)
        }
        return sqlite3_column_type(statement.handle, Int32(column))
    }

    private func expect(_ expected: Int32, at column: Int, _ found: Int32) throws(DatabaseError) {
        guard found == expected else { throw mismatch(Self.name(of: expected), at: column, found) }
    }

    /// "The safest policy is to invoke sqlite3_column_blob() followed by sqlite3_column_bytes()": for a value that is text
    /// in UTF-8 or a blob already, neither converts anything.
    private func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_blob(statement.handle, Int32(column))
        let count = Int(sqlite3_column_bytes(statement.handle, Int32(column)))
        return UnsafeBufferPointer(start: start?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
    }

    private func mismatch(_ expected: String, at column: Int, _ found: Int32) -> DatabaseError {
        let name = sqlite3_column_name(statement.handle, Int32(column)).map { String(cString: $0) } ?? "?"
        return DatabaseError(
            .mismatch,
            "column \(column) (\(name)) is \(Self.name(of: found)), not \(expected)",
            sql: statement.sql.text
        )
    }

    private static func name(of type: Int32) -> String {
        switch type {
        case SQLITE_INTEGER: "integer"
        case SQLITE_FLOAT: "real"
        case SQLITE_TEXT: "text"
        case SQLITE_BLOB: "blob"
        default: "null"
        }
    }
}
