internal import CSQLite
internal import ImageQueueConcurrency

/// One prepared statement. Belongs to its ``Connection`` and is used on that connection's thread only.
final class Statement {
    /// What running the statement may do to a transaction.
    enum Kind {
        /// Reads.
        case reading
        /// Inserts, updates, deletes: SQLite counts the rows it changes.
        case changingRows
        /// Begins or ends a transaction or savepoint, or attaches a file.
        case control
        /// Anything else that writes (DDL, a pragma): nothing is counted.
        case other
    }

    let handle: OpaquePointer
    let sql: SQL
    let key: SQL.Key
    let kind: Kind
    let parameterCount: Int
    let columnCount: Int
    /// In use: a second use of the same text meanwhile gets a statement of its own.
    var isBusy = false
    /// The cache's clock at the last use.
    var lastUse: UInt64 = 0

    /// Compiles exactly one statement; what follows it may only be blanks and comments.
    init(_ sql: SQL, on connection: OpaquePointer, isPersistent: Bool) throws(DatabaseError) {
        var prepared: OpaquePointer?
        var problem: DatabaseError?
        var text = sql.text
        let kind = text.withUTF8 { bytes -> Kind in
            do throws(DatabaseError) {
                prepared = try Self.compile(bytes, sql, on: connection, isPersistent: isPersistent)
            } catch {
                problem = error
            }
            return Keyword.kind(ofStatement: bytes)
        }
        if let problem { throw problem }
        guard let prepared else { throw DatabaseError(.misuse, "the SQL holds no statement", sql: sql.text) }
        handle = prepared
        self.sql = sql
        key = sql.key
        // The manual of sqlite3_stmt_readonly: transaction control counts as read-only.
        self.kind = kind == .control ? .control : sqlite3_stmt_readonly(prepared) != 0 ? .reading : kind
        parameterCount = Int(sqlite3_bind_parameter_count(prepared))
        columnCount = Int(sqlite3_column_count(prepared))
    }

    deinit {
        assertOwnThread()
        sqlite3_finalize(handle)
    }

    private static func compile(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sql: SQL,
        on connection: OpaquePointer,
        isPersistent: Bool
    ) throws(DatabaseError) -> OpaquePointer? {
        assertOwnThread()
        guard let length = Int32(exactly: bytes.count) else { throw DatabaseError(.tooBig, "the SQL is too long") }
        guard let base = bytes.baseAddress else { return nil }
        let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        return try base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start throws(DatabaseError) in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(connection, start, length, flags, &statement, &tail)
            guard code == SQLITE_OK else { throw DatabaseError(code, of: connection, sql: sql.text) }
            var rest = tail ?? start + Int(length)
            // A comment or a blank compiles to no statement: only those may follow.
            while rest < start + Int(length) {
                var second: OpaquePointer?
                let position = rest
                let code = sqlite3_prepare_v3(connection, rest, Int32(start + Int(length) - rest), 0, &second, &tail)
                sqlite3_finalize(second)
                rest = tail ?? start + Int(length)
                if code != SQLITE_OK || second != nil || rest == position {
                    sqlite3_finalize(statement)
                    throw DatabaseError(.misuse, "the SQL holds more than one statement", sql: sql.text)
                }
            }
            return statement
        }
    }

    // MARK: - Use

    /// Binds all parameters. A wrong number of them is an error, never a NULL.
    ///
    /// - Parameter texts: lends the memory that they are bound to, until ``finish()``.
    func bind(_ arguments: [Value], _ texts: LentTexts) throws(DatabaseError) {
        guard arguments.count == parameterCount else {
            throw DatabaseError(
                .range,
                "the statement takes \(parameterCount) arguments, \(arguments.count) were given",
                sql: sql.text
            )
        }
        var index: Int32 = 1
        for argument in arguments {
            let code = bind(argument, at: index, texts)
            guard code == SQLITE_OK else { throw DatabaseError(code, of: sqlite3_db_handle(handle), sql: sql.text) }
            index += 1
        }
    }

    private func bind(_ value: Value, at index: Int32, _ texts: LentTexts) -> Int32 {
        assertOwnThread()
        switch value {
        case .integer(let value): return sqlite3_bind_int64(handle, index, value)
        case .real(let value): return sqlite3_bind_double(handle, index, value)
        case .null: return sqlite3_bind_null(handle, index)
        case .text(var text):
            // A length, not a C string: the text may hold NUL.
            return text.withUTF8 { bytes in
                let size = UInt64(bytes.count)
                if let lent = texts.lend(bytes) {
                    return sqlite3_bind_text64(handle, index, lent, size, nil, UInt8(SQLITE_UTF8))
                }
                return bytes.withMemoryRebound(to: CChar.self) { characters in
                    sqlite3_bind_text64(handle, index, characters.baseAddress, size, copied, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            // A null pointer would bind NULL, not an empty blob.
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes { bytes in
                sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), copied)
            }
        }
    }

    /// Runs to the next row; false at the end.
    func step() throws(DatabaseError) -> Bool {
        assertOwnThread()
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(code, of: sqlite3_db_handle(handle), sql: sql.text)
        }
    }

    /// Ends the run and lets go of what was bound. The code that sqlite3_reset returns is that of the last step, which has
    /// been reported already.
    func finish() {
        assertOwnThread()
        sqlite3_reset(handle)
        if parameterCount > 0 { sqlite3_clear_bindings(handle) }
    }
}

/// SQLITE_TRANSIENT: "SQLite makes a private copy of the data before the function returns".
private var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
