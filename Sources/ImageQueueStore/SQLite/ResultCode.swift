internal import CSQLite

/// A result code of SQLite, with its extended part (<https://www.sqlite.org/rescode.html>).
///
/// A primary code, used as a pattern, matches all its extended codes; an extended one matches only itself.
struct ResultCode: Hashable, Sendable {
    let rawValue: Int32

    init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// "The least significant 8 bits of the extended result code are the primary result code."
    var primary: ResultCode { ResultCode(rawValue & 0xFF) }

    static let busy = ResultCode(SQLITE_BUSY)
    static let cannotOpen = ResultCode(SQLITE_CANTOPEN)
    static let constraint = ResultCode(SQLITE_CONSTRAINT)
    /// What has no code of its own: SQL that is wrong, or a function that can't work with what it is given.
    static let error = ResultCode(SQLITE_ERROR)
    static let corrupt = ResultCode(SQLITE_CORRUPT)
    static let full = ResultCode(SQLITE_FULL)
    static let interrupt = ResultCode(SQLITE_INTERRUPT)
    static let ioError = ResultCode(SQLITE_IOERR)
    static let locked = ResultCode(SQLITE_LOCKED)
    static let mismatch = ResultCode(SQLITE_MISMATCH)
    static let misuse = ResultCode(SQLITE_MISUSE)
    static let noMemory = ResultCode(SQLITE_NOMEM)
    static let notADatabase = ResultCode(SQLITE_NOTADB)
    static let permission = ResultCode(SQLITE_PERM)
    /// The locks of the WAL could not be had for some ten seconds.
    static let `protocol` = ResultCode(SQLITE_PROTOCOL)
    static let range = ResultCode(SQLITE_RANGE)
    static let readOnly = ResultCode(SQLITE_READONLY)
    static let tooBig = ResultCode(SQLITE_TOOBIG)
    static let abort = ResultCode(SQLITE_ABORT)

    // SQLITE_READONLY_DBMOVED and the SQLITE_CONSTRAINT_… macros are expressions, which Swift does not import: (… | (n << 8)).
    static let readOnlyMoved = ResultCode(SQLITE_READONLY | (4 << 8))
    /// The file of shared memory can't grow: "This may indicate that the underlying filesystem volume is out of space."
    static let ioErrorSharedMemorySize = ResultCode(SQLITE_IOERR | (19 << 8))
    static let constraintPrimaryKey = ResultCode(SQLITE_CONSTRAINT | (6 << 8))
    static let constraintUnique = ResultCode(SQLITE_CONSTRAINT | (8 << 8))

    static func ~= (pattern: ResultCode, code: ResultCode) -> Bool {
        pattern == pattern.primary ? pattern == code.primary : pattern == code
    }

    /// Lets a `catch ResultCode.constraint` name the code it is after.
    static func ~= (pattern: ResultCode, error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return pattern ~= error.code
    }
}

extension ResultCode: CustomStringConvertible {
    var description: String { "\(rawValue) (\(String(cString: sqlite3_errstr(rawValue))))" }
}
