internal import CSQLite

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What the first bytes of a file say about it (<https://www.sqlite.org/fileformat.html>, 1.3 and 1.6), read without
/// disturbing the file: no lock is taken, no journal rolled back, no `-wal` or `-shm` made.
enum DatabaseHeader: Equatable {
    /// No file, or one of no bytes: SQLite takes either for a new database.
    case nothing
    /// Not a database of SQLite's.
    case foreignFile
    case database(applicationID: Int32, userVersion: Int, hasTables: Bool)

    /// Reads through SQLite's own file object and not a descriptor of ours: closing one would drop the locks that this
    /// process may have on the file (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
    static func read(_ path: String) throws -> DatabaseHeader {
        guard let status = try fileStatus(path) else { return .nothing }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG else {
            if kind == S_IFDIR { throw SystemError(errno: EISDIR, doing: "open", path: path) }
            throw StoreError(.cannotOpen, "\(path) is no regular file: choose another path.")
        }
        let connection = try Connection(path: path, configuration: ConnectionConfiguration(access: .readOnly))
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(connection.handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard code == SQLITE_OK, let file, let methods = file.pointee.pMethods else {
            throw DatabaseError(code, of: connection.handle)
        }
        var bytes = [UInt8](repeating: 0, count: 108)
        let read = methods.pointee.xRead?(file, &bytes, Int32(bytes.count), 0) ?? SQLITE_IOERR
        switch read {
        case SQLITE_OK: return parse(bytes)
        // The rest is filled with zeros: a file of no bytes has no magic, nor has any other that is too short.
        case shortRead: return status.st_size == 0 ? .nothing : .foreignFile
        default: throw DatabaseError(read, of: nil)
        }
    }

    static func parse(_ bytes: [UInt8]) -> DatabaseHeader {
        guard bytes.count >= 108, bytes.starts(with: Array("SQLite format 3\0".utf8)) else { return .foreignFile }
        func number(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        // Page 1 holds the root of sqlite_schema behind the header: an empty leaf is a database without tables.
        let isEmptyLeaf = bytes[100] == 0x0D && bytes[103] == 0 && bytes[104] == 0
        return .database(
            applicationID: Int32(bitPattern: number(at: 68)),
            userVersion: Int(Int32(bitPattern: number(at: 60))),
            hasTables: !isEmptyLeaf
        )
    }
}

/// SQLITE_IOERR_SHORT_READ is an expression, which Swift does not import.
private let shortRead = SQLITE_IOERR | (2 << 8)
