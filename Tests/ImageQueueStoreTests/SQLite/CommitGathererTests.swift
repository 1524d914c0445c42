import CSQLite
import Foundation
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct CommitGathererTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// What stands in a WAL of 4,096-byte pages, without what is different each time: salts and checksums.
    private struct Frame: Equatable {
        let page: Data
        let sizeAfterCommit: Data
        let content: Data
    }

    private static func frames(ofWAL path: String) throws -> [Frame] {
        let bytes = try Data(contentsOf: URL(filePath: path))
        return stride(from: 32, to: bytes.count, by: 24 + 4_096).map { start in
            let frame = bytes[start..<min(start + 24 + 4_096, bytes.count)]
            return Frame(
                page: frame.prefix(4),
                sizeAfterCommit: frame.dropFirst(4).prefix(4),
                content: frame.dropFirst(24)
            )
        }
    }

    /// A connection to a new file in WAL mode, with a table that has a row of a page for each number up to 400.
    private static func connection(_ path: String) throws -> Connection {
        let connection = try scratchConnection(path)
        try connection.script("PRAGMA journal_mode = WAL")
        try connection.transaction {
            try connection.script("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            for number in 0..<400 { try insert(number, into: connection) }
        }
        return connection
    }

    private static func insert(_ number: Int, into connection: Connection) throws {
        try connection.execute("INSERT INTO notes VALUES (?1, ?2)", .int(number), .text(text(number)))
    }

    private static func text(_ number: Int) -> String {
        String(repeating: "\(number)", count: 3_000 / "\(number)".count)
    }

    /// Transactions of all kinds: of a page, of some, of more than is written in one piece, and of more than the cache
    /// holds, so that SQLite writes pages before the COMMIT and writes some of them over.
    ///
    /// - Returns: the rows as another connection sees them by the WAL's index, and the WAL after each commit.
    private static func write(
        _ durability: Durability,
        to path: String,
        commit: (Connection) throws -> Void
    ) throws -> (rows: [String], wals: [[Frame]]) {
        let connection = try connection(path)
        try connection.setDurability(durability)
        var wals: [[Frame]] = []
        for (pages, cache) in [(1, 2_000), (12, 2_000), (31, 2_000), (32, 2_000), (300, 2_000), (300, 10), (60, 10)] {
            try connection.script("PRAGMA cache_size = \(cache); PRAGMA cache_spill = ON")
            try connection.begin()
            for round in 0..<2 {
                for id in 0..<pages {
                    try connection.execute(
                        "UPDATE notes SET text = ?2 WHERE id = ?1",
                        .int(id),
                        .text(text(pages + round + id))
                    )
                }
            }
            try commit(connection)
            wals.append(try frames(ofWAL: path + "-wal"))
        }
        let found = try rows(path)
        #expect(try rows(afterCrashOf: path) == found)
        return (found, wals)
    }

    private static func rows(_ path: String) throws -> [String] {
        let other = try scratchConnection(path)
        #expect(try other.query("PRAGMA integrity_check") { try $0.text(0) } == ["ok"])
        return try other.query("SELECT text FROM notes ORDER BY id") { try $0.text(0) }
    }

    /// As whoever finds the files without the WAL's index reads them: by its checksums, one built on the other.
    private static func rows(afterCrashOf path: String) throws -> [String] {
        try rows(copyAsCrashed(path, to: path + "-crashed-\(UUID().uuidString)"))
    }

    @Test(
        "The WAL holds after each commit what SQLite writes by itself, page for page",
        arguments: [Durability.full, .normal]
    )
    func same(durability: Durability) async throws {
        let (plain, gathered) = (directory.file("plain.db"), directory.file("gathered.db"))
        try await onThread {
            let gatherer = CommitGatherer()
            let expected = try Self.write(durability, to: plain) { try $0.commit() }
            let found = try Self.write(durability, to: gathered) { try gatherer.commit($0) }
            #expect(found.rows == expected.rows)
            #expect(found.wals == expected.wals)
            #expect(try #require(found.wals.last).count > 800)
        }
    }

    /// The same on two connections, one of which gathers: writes of all sizes, a cache that holds them or not, savepoints that
    /// are rolled back, checkpoints from which the WAL begins anew.
    @Test("After random transactions of all page sizes both databases hold the same, also as a crash leaves them")
    func random() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        for pageSize in [512, 4_096, 65_536] {
            let paths = ["plain", "gathered"].map { directory.file("\($0)-\(pageSize).db") }
            try await onThread {
                var chance = SeededGenerator(seed: seed)
                let connections = try paths.map { path in
                    let connection = try scratchConnection(path)
                    try connection.script("PRAGMA page_size = \(pageSize)")
                    try connection.script("PRAGMA journal_mode = WAL")
                    try connection.script("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
                    return connection
                }
                let gatherer = CommitGatherer()
                for round in 0..<60 {
                    let script = Self.randomScript(&chance)
                    let durability: Durability = Bool.random(using: &chance) ? .full : .normal
                    for connection in connections {
                        try connection.setDurability(durability)
                        try connection.script(script.before)
                        try connection.begin()
                        try connection.script(script.body)
                        if connection.path == paths[1] {
                            try gatherer.commit(connection)
                        } else {
                            try connection.commit()
                        }
                    }
                    guard round % 6 == 5 else { continue }
                    let expected = try Self.rows(paths[0])
                    #expect(try Self.rows(paths[1]) == expected, "seed \(seed)")
                    #expect(try Self.rows(afterCrashOf: paths[1]) == expected, "seed \(seed)")
                }
            }
        }
    }

    private static func randomScript(_ chance: inout SeededGenerator) -> (before: String, body: String) {
        // Not with savepoints: see ``CrashedWALTests/undonePart()``.
        let spills = Bool.random(using: &chance)
        var before = "PRAGMA cache_size = \(spills ? 10 : 2_000); PRAGMA cache_spill = \(spills ? "ON" : "OFF");"
        if Int.random(in: 0..<5, using: &chance) == 0 { before += "PRAGMA wal_checkpoint(TRUNCATE);" }
        var body = ""
        for _ in 0..<Int.random(in: 1...40, using: &chance) {
            let id = Int.random(in: 0..<100, using: &chance)
            switch Int.random(in: 0..<10, using: &chance) {
            case 0: body += "DELETE FROM notes WHERE id BETWEEN \(id) AND \(id + 3);"
            case 1 where !spills:
                body +=
                    "SAVEPOINT a; UPDATE notes SET text = text || 'gone' WHERE id > \(id); ROLLBACK TO a; RELEASE a;"
            default:
                let text = String(repeating: "\(id) ", count: Int.random(in: 1...6_000, using: &chance))
                body += "INSERT OR REPLACE INTO notes VALUES (\(id), '\(text)');"
            }
        }
        return (before, body)
    }

    /// There SQLite fills the WAL up to a sector's end, and writes a page in two parts of any length. 24 bytes of one are not
    /// a frame's header.
    @Test("A file that is not powersafe is left to SQLite")
    func notPowersafe() async throws {
        let path = directory.file("queue.db")
        try await onThread {
            var opened: OpaquePointer?
            let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI
            #expect(sqlite3_open_v2("file:\(path)?psow=0", &opened, flags, nil) == SQLITE_OK)
            let database = try #require(opened)
            defer { sqlite3_close_v2(database) }
            func run(_ sql: String) { #expect(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK, "\(sql)") }
            run(
                "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL"
            )
            run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            let gatherer = CommitGatherer()
            for round in 0..<300 {
                run("BEGIN; INSERT INTO notes VALUES (\(round), '\(String(repeating: "x", count: round * 7))')")
                gatherer.gather(database)
                run("COMMIT")
                gatherer.end()
            }
            let rows = try Self.rows(path)
            #expect(rows == (0..<300).map { String(repeating: "x", count: $0 * 7) })
            #expect(try Self.rows(afterCrashOf: path) == rows)
        }
    }

    #if canImport(Glibc)
    @Test(
        "A commit of twenty pages is written in one call, one of a hundred in few",
        .enabled(if: FileManager.default.isReadableFile(atPath: "/proc/thread-self/io"), "the kernel doesn't count")
    )
    func calls() async throws {
        let path = directory.file("queue.db")
        try await onThread {
            let connection = try Self.connection(path)
            let gatherer = CommitGatherer()
            for (pages, most) in [(20, 1), (100, 5)] {
                try connection.begin()
                for id in 0..<pages {
                    try connection.execute("UPDATE notes SET text = 'short' || text WHERE id = ?1", .int(id))
                }
                let before = try Self.writeCalls()
                try gatherer.commit(connection)
                let calls = try Self.writeCalls() - before
                #expect((1...most).contains(calls), "\(calls) calls for \(pages) pages")
            }
        }
    }

    /// How often this thread has asked the system to write.
    private static func writeCalls() throws -> Int {
        let counts = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
        let line = try #require(counts.split(separator: "\n").first { $0.hasPrefix("syscw: ") })
        return try #require(Int(line.dropFirst("syscw: ".count)))
    }
    #endif

    /// The WAL as SQLite's own code has it.
    private struct WALFile {
        let file: UnsafeMutablePointer<sqlite3_file>
        var methods: sqlite3_io_methods { file.pointee.pMethods.pointee }

        init(of connection: Connection) throws {
            var found: UnsafeMutablePointer<sqlite3_file>?
            sqlite3_file_control(connection.handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &found)
            file = try #require(found)
        }

        /// A frame that ends no transaction.
        func writeFrame(at offset: Int, _ content: UInt8) throws {
            let write = try #require(methods.xWrite)
            #expect(write(file, [UInt8](repeating: 0, count: 24), 24, Int64(offset)) == SQLITE_OK)
            #expect(write(file, [UInt8](repeating: content, count: 4_096), 4_096, Int64(offset) + 24) == SQLITE_OK)
        }
    }

    @Test("What a COMMIT that failed has left is never written")
    func leftovers() async throws {
        let path = directory.file("queue.db")
        try await onThread {
            let connection = try Self.connection(path)
            let before = try Data(contentsOf: URL(filePath: path + "-wal"))
            let gatherer = CommitGatherer()
            // As if the COMMIT had ended before its last frame.
            gatherer.gather(connection.handle)
            try WALFile(of: connection).writeFrame(at: before.count, 7)
            gatherer.end()
            // By another, at the same place.
            try Self.addNote(to: path)
            let after = try Data(contentsOf: URL(filePath: path + "-wal"))
            try connection.begin()
            try Self.insert(501, into: connection)
            try gatherer.commit(connection)
            #expect(try Data(contentsOf: URL(filePath: path + "-wal")).prefix(after.count) == after)
            #expect(try connection.query("PRAGMA integrity_check") { try $0.text(0) } == ["ok"])
        }
    }

    @Test("Whatever else SQLite does with the WAL meanwhile finds what was kept")
    func lookedAt() async throws {
        let path = directory.file("queue.db")
        try await onThread {
            let connection = try Self.connection(path)
            let gatherer = CommitGatherer()
            gatherer.gather(connection.handle)
            defer { gatherer.end() }
            let wal = try WALFile(of: connection)
            func size() throws -> Int { try Int(fileStatus(path + "-wal")?.st_size ?? 0) }
            let end = try size()
            let (first, second, third) = (end + 4_120, end + 2 * 4_120, end + 3 * 4_120)

            try wal.writeFrame(at: end, 1)
            #expect(try size() == end, "it was written at once")
            var bytes = [UInt8](repeating: 0, count: 100)
            let read = try #require(wal.methods.xRead)
            #expect(read(wal.file, &bytes, 100, 32) == SQLITE_OK)
            #expect(try size() == end, "it was written for what lies elsewhere")
            #expect(read(wal.file, &bytes, 100, Int64(first) - 100) == SQLITE_OK)
            #expect(bytes == [UInt8](repeating: 1, count: 100))

            try wal.writeFrame(at: first, 2)
            var told: sqlite3_int64 = 0
            let fileSize = try #require(wal.methods.xFileSize)
            #expect(fileSize(wal.file, &told) == SQLITE_OK)
            #expect(told == second)

            try wal.writeFrame(at: second, 3)
            let sync = try #require(wal.methods.xSync)
            #expect(sync(wal.file, SQLITE_SYNC_NORMAL) == SQLITE_OK)
            #expect(try size() == third)

            try wal.writeFrame(at: third, 4)
            let truncate = try #require(wal.methods.xTruncate)
            #expect(truncate(wal.file, Int64(end)) == SQLITE_OK)
            #expect(fileSize(wal.file, &told) == SQLITE_OK)
            #expect(told == end)
        }
    }

    private static func addNote(to path: String) throws {
        let other = try scratchConnection(path)
        try other.transaction { try insert(500, into: other) }
    }

    @Test("A COMMIT whose writing fails half-way is undone, and what others commit after it stands")
    func noRoom() async {
        // The limit on a file's size is a process's, so in one of its own.
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let path = directory.file("queue.db")
            signal(SIGXFSZ, SIG_IGN)
            try await onThread {
                let connection = try Self.connection(path)
                let gatherer = CommitGatherer()
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                // Within the first piece, the second, the last, and all at once.
                for (round, pages) in [10, 40, 90, 0].enumerated() {
                    let end = 32 + connection.walPages * 4_120
                    try connection.begin()
                    for id in 0..<100 {
                        try connection.execute("UPDATE notes SET text = 'lost' || text WHERE id = ?1", .int(id))
                    }
                    var lower = limit
                    lower.rlim_cur = rlim_t(end + pages * 4_120 + 100)
                    #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &lower) == 0)
                    let failure = #expect(throws: DatabaseError.self) { try gatherer.commit(connection) }
                    #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                    #expect([ResultCode.ioError, .full].contains(failure?.code.primary), "\(failure as Any)")
                    connection.rollback()
                    let other = try scratchConnection(path)
                    try other.transaction { try Self.insert(1_000 + round, into: other) }
                    try connection.begin()
                    try Self.insert(2_000 + round, into: connection)
                    try gatherer.commit(connection)
                    #expect(
                        try other.first("SELECT count(*) FROM notes WHERE text LIKE 'lost%'") { try $0.int(0) } == 0
                    )
                    #expect(try other.first("SELECT count(*) FROM notes") { try $0.int(0) } == 402 + 2 * round)
                    #expect(try other.query("PRAGMA integrity_check") { try $0.text(0) } == ["ok"])
                }
            }
        }
    }
}
