internal import CSQLite

/// An error of SQLite, or of a wrong use of it: the extended code, the message of this call and the SQL.
/// Never the arguments, which may be a person's prompt.
struct DatabaseError: Error, Sendable, CustomStringConvertible {
    let code: ResultCode
    let message: String
    let sql: String?

    init(_ code: ResultCode, _ message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// The error of the call that has just returned `code`: "The error string might be overwritten by subsequent calls
    /// to other SQLite interface functions", so it is copied at once.
    init(_ code: Int32, of handle: OpaquePointer?, sql: String? = nil) {
        let text = handle.flatMap(sqlite3_errmsg) ?? sqlite3_errstr(code)
        self.init(ResultCode(code), text.map { String(cString: $0) } ?? "unknown error", sql: sql)
    }

    var description: String {
        "SQLite error \(code.rawValue): \(message)" + (sql.map { " - while executing `\($0)`" } ?? "")
    }
}
