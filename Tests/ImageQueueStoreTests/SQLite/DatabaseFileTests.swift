import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct DatabaseFileTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("queue.db")
    }

    /// Lets another program write a database: the sqlite3 library, without any of ours.
    private func make(_ statements: [String]) async throws {
        let path = path
        try await onThread {
            let connection = try scratchConnection(path)
            for statement in statements { try connection.script(statement) }
        }
    }

    private func refusal(_ format: DatabaseFormat = .test) async throws -> StoreError.Code? {
        let before = try directory.contents()
        let code = await storeErrorCode { await (try Database.open(path, format: format)).close() }
        #expect(try directory.contents() == before, "the file was touched")
        return code
    }

    @Test("Who locks the folder holds up the making of a file for as long as a lock is waited for, and no longer")
    func lockedFolder() async throws {
        let path = path
        let code = try await onThread { [directory] in
            let folder = open(directory.file(""), O_RDONLY | O_DIRECTORY)
            defer { close(folder) }
            #expect(flock(folder, LOCK_EX | LOCK_NB) == 0)
            var configuration = ConnectionConfiguration(access: .readWrite)
            configuration.busyLimit = .milliseconds(50)
            let file = DatabaseFile(path: path, format: .test, configuration: configuration)
            let error = #expect(throws: StoreError.self) { _ = try file.open(holding: Anchor(path: path)) }
            return error?.code
        }
        #expect(code == .databaseLocked)
        #expect(!FileManager.default.fileExists(atPath: path))
        // Nothing is left of the try.
        let database = try await Database.open(path, format: .test)
        await database.close()
    }

    @Test("A new file is set up: auto_vacuum, WAL, application_id, version, private")
    func newFile() async throws {
        let path = directory.file("a/b/queue.db")
        let database = try await Database.open(path, format: .test)
        try await database.addNote("one")
        let pragmas = try await database.read { connection in
            try ["auto_vacuum", "application_id", "user_version"].map { name in
                try connection.first(SQL("PRAGMA \(name)")) { row in try row.int(0) } ?? -1
            }
        }
        #expect(pragmas == [2, 0x494D_4751, 1])
        let mode = try await database.read { try $0.first("PRAGMA journal_mode") { row in try row.text(0) } }
        #expect(mode == "wal")
        for name in ["", "-wal", "-shm"] { #expect(try permissions(path + name) == 0o600) }
        for name in ["a", "a/b"] { #expect(try permissions(directory.file(name)) == 0o700) }
        await database.close()
        #expect(try directory.contents().keys.sorted() == ["a", "a/b", "a/b/queue.db"])
    }

    @Test("A file of no bytes is a new one, and keeps its mode")
    func zeroBytes() async throws {
        _ = FileManager.default.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0o640])
        let database = try await Database.open(path, format: .test)
        try await database.addNote("one")
        await database.close()
        #expect(try permissions(path) == 0o640)
    }

    @Test("An empty database of nobody becomes ours, with auto_vacuum", arguments: ["DELETE", "WAL"])
    func emptyDatabase(mode: String) async throws {
        try await make(["PRAGMA journal_mode = \(mode)", "CREATE TABLE t (a)", "DROP TABLE t"])
        let database = try await Database.open(path, format: .test)
        let vacuum = try await database.read { try $0.first("PRAGMA auto_vacuum") { row in try row.int(0) } }
        #expect(vacuum == 2)
        try await database.addNote("one")
        await database.close()
    }

    @Test(
        "Another application's database is left byte for byte",
        arguments: [
            ["CREATE TABLE t (a)"],
            ["PRAGMA application_id = 77", "CREATE TABLE t (a)", "PRAGMA user_version = 9"],
            ["PRAGMA journal_mode = WAL", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"],
        ]
    )
    func foreign(statements: [String]) async throws {
        try await make(statements)
        #expect(try await refusal() == .foreignDatabase)
    }

    @Test("Another application's database that is in use, its tables still in the WAL, is left alone")
    func foreignInUse() async throws {
        let path = path
        let (isReady, finish) = (Gate(), Gate())
        async let other: Void = onThread {
            let connection = try scratchConnection(path)
            try connection.script("PRAGMA journal_mode = WAL")
            try connection.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            isReady.open()
            finish.wait()
        }
        try await onThread { isReady.wait() }
        #expect(try await refusal() == .foreignDatabase)
        finish.open()
        try await other
    }

    @Test(
        "What is no database is left byte for byte",
        arguments: [
            Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(repeating: 7, count: 5_000), Data("kedi çiz\n".utf8),
            Data("SQLite format 3\0".utf8), Data(repeating: 0, count: 4_096),
        ]
    )
    func noDatabase(bytes: Data) async throws {
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try await refusal() == .notADatabase)
    }

    @Test("A newer schema is refused, untouched")
    func newer() async throws {
        var newer = DatabaseFormat.test
        newer.migrations.append(Migration(version: 2) { try $0.script("CREATE TABLE more (a)") })
        await (try Database.open(path, format: newer)).close()
        #expect(try await refusal() == .newerSchema)
        // While its own program still has it open, and the version stands only in the WAL.
        newer.migrations.append(Migration(version: 3) { try $0.script("CREATE TABLE yet_more (a)") })
        let open = try await Database.open(path, format: newer)
        var older = newer
        older.migrations.removeLast()
        let code = await storeErrorCode { await (try Database.open(path, format: older)).close() }
        #expect(code == .newerSchema)
        try await open.addNote("still fine")
        await open.close()
    }

    @Test("Migrations run once, in order; one that fails leaves the version before it")
    func migrations() async throws {
        struct Broken: Error {}
        await (try Database.open(path, format: .test)).close()
        var format = DatabaseFormat.test
        format.migrations.append(Migration(version: 2) { try $0.script("ALTER TABLE notes ADD COLUMN extra TEXT") })
        format.migrations.append(
            Migration(version: 3) { connection in
                try connection.script("CREATE TABLE half (a)")
                throw Broken()
            }
        )
        await #expect(throws: Broken.self) { try await Database.open(path, format: format) }
        format.migrations[2] = Migration(version: 3) { try $0.script("CREATE TABLE half (a)") }
        let database = try await Database.open(path, format: format)
        let version = try await database.read { try $0.first("PRAGMA user_version") { row in try row.int(0) } }
        #expect(version == 3)
        await database.close()
    }

    @Test("Many who create the same file at once all succeed", arguments: 0..<10)
    func together(round: Int) async throws {
        let path = path
        let databases = try await withThrowingTaskGroup(of: Database.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let database = try await Database.open(path, format: .test)
                    try await database.addNote("\(number)")
                    return database
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await databases[0].notes().count == 6)
        let vacuum = try await databases[0].read { try $0.first("PRAGMA auto_vacuum") { row in try row.int(0) } }
        #expect(vacuum == 2)
        #expect(try permissions(path) == 0o600)
        for database in databases { await database.close() }
        #expect(try directory.contents().keys.sorted() == ["queue.db"])
    }

    @Test("What stands in the way is named")
    func obstacles() async throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.file("file")))
        for (path, code) in [
            (directory.path, StoreError.Code.cannotOpen), (directory.file("file/queue.db"), .cannotOpen),
            ("/dev/null", .cannotOpen), ("", .invalidPath), ("a\0b", .invalidPath), ("/proc/queue.db", .cannotOpen),
            (directory.file(String(repeating: "n", count: 300)), .invalidPath),
        ] {
            let found = await storeErrorCode { await (try Database.open(path, format: .test)).close() }
            #expect(found == code, "\(path)")
        }
    }
}
