#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What a rollback journal says of the database that it belongs to
/// (<https://www.sqlite.org/fileformat.html>, "The Rollback Journal").
enum JournalHeader {
    /// Whether a database was being made when the power or its process went: whatever stands in the file now, SQLite
    /// takes it back to no bytes when it opens it.
    ///
    /// Read by a descriptor of ours: nobody locks a journal.
    static func belongsToNothing(database path: String) throws(SystemError) -> Bool {
        let path = path + "-journal"
        guard let status = try fileStatus(path), status.st_size >= 28 else { return false }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).read(upTo: 28, path: path)
        } catch {
            // Its transaction has ended meanwhile.
            guard error.errno == ENOENT else { throw error }
            return false
        }
        return isOfNothing(bytes)
    }

    /// "A valid journal header begins with a 64-bit header string"; at 16 stands "the size of the database, in pages".
    static func isOfNothing(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 20 && bytes.starts(with: [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7])
            && bytes[16..<20].allSatisfy { $0 == 0 }
    }
}
