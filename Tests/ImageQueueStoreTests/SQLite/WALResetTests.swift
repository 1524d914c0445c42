import Testing

@testable import ImageQueueStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// SQLite's WAL-reset bug (see ``Checkpointer/Connections/keepingFrames(_:)``) takes a few instructions' time, and so is not seen
/// here itself: what keeps it off is.
@Suite("A checkpoint and a WAL that is begun anew", .timeLimit(.minutes(1)))
struct WALResetTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("queue.db")
    }

    private func makeWriter() throws -> Connection {
        let writer = try scratchConnection(path)
        try writer.script("PRAGMA journal_mode = WAL")
        try writer.script("CREATE TABLE notes (text TEXT NOT NULL)")
        return writer
    }

    private func write(_ connection: Connection, pages: Int = 1) throws {
        try connection.execute("INSERT INTO notes VALUES (hex(zeroblob(?)))", .int(pages * 2_000))
    }

    /// How many of the WAL's pages are copied after a PASSIVE checkpoint.
    private func checkpoint(_ connection: Connection) throws -> Int? {
        try connection.first("PRAGMA wal_checkpoint(PASSIVE)") { row in try row.int(2) }
    }

    @Test("A WAL that is being copied is not begun anew, though another has copied all of it meanwhile")
    func notBegunAnew() async throws {
        try await onThread {
            let writer = try makeWriter()
            let other = try scratchConnection(path)
            let connections = try Checkpointer.Connections(Anchor(path: path), Checkpointer.Limits())
            for _ in 0..<10 { try write(writer) }
            let before = writer.walPages
            var within: (pages: Int, copied: Int)?
            connections.keepingFrames {
                guard let copied = try? checkpoint(other), (try? write(writer)) != nil else { return }
                within = (writer.walPages, copied)
            }
            #expect(within?.copied == before)
            #expect(try #require(within).pages > before)
            _ = try checkpoint(other)
            try write(writer)
            #expect(writer.walPages < before)
        }
    }

    @Test("A WAL that was copied already may be begun anew; then the file is not written")
    func notCopied() async throws {
        try await onThread {
            let writer = try makeWriter()
            let connections = try Checkpointer.Connections(Anchor(path: path), Checkpointer.Limits())
            for _ in 0..<10 { try write(writer) }
            let before = writer.walPages
            #expect(try checkpoint(writer) == before)
            var copied: Int?
            connections.keepingFrames {
                guard (try? write(writer)) != nil else { return }
                copied = try? checkpoint(connections.copying)
            }
            #expect(writer.walPages < before)
            #expect(copied == 0)
            #expect(try checkpoint(connections.copying) == writer.walPages)
        }
    }

    #if os(Linux)
    @Test("The checkpointer copies so")
    func keepsWhileCopying() async throws {
        let checkpointer = try Checkpointer(Anchor(path: path))
        try await onThread {
            let writer = try makeWriter()
            // Closed last: with it go all locks of the process.
            let index = try FileDescriptor.open(path + "-shm", O_RDWR)
            var isSeen = false
            for _ in 0..<50 where !isSeen {
                try write(writer, pages: 2_000)
                let runs = checkpointer.ask()
                while checkpointer.runs == runs {
                    // The bytes that SQLite locks: 121 for who checkpoints, 124 to 127 for who reads from the WAL, and, for a
                    // moment and alone, for the checkpoint itself.
                    let isCopying = lock(121, 1, of: index) == F_WRLCK
                    if isCopying, lock(124, 4, of: index) == F_RDLCK { isSeen = true }
                }
            }
            #expect(isSeen)
        }
        await checkpointer.close()
    }

    /// How somebody, this process included, holds one of these bytes.
    private func lock(_ start: off_t, _ length: off_t, of file: borrowing FileDescriptor) -> Int32 {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = start
        lock.l_len = length
        // F_OFD_GETLK, which the headers hide: a plain F_GETLK doesn't see the process's own locks.
        return fcntl(file.number, 36, &lock) == 0 ? Int32(lock.l_type) : -1
    }
    #endif
}
