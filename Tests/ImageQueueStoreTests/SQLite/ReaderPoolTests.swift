import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct ReaderPoolTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("queue.db")
    }

    @Test("A read stands at one moment")
    func snapshot() async throws {
        let database = try await Database.open(path, format: .test)
        try await database.addNote("one")
        let (hasRead, goOn) = (Gate(), Gate())
        async let counts = database.read { connection in
            let count = { try connection.first("SELECT count(*) FROM notes") { row in try row.int(0) } ?? -1 }
            let before = try count()
            hasRead.open()
            goOn.wait()
            return [before, try count()]
        }
        try await onThread { hasRead.wait() }
        try await database.addNote("two")
        goOn.open()
        #expect(try await counts == [1, 1])
        #expect(try await database.notes().count == 2)
        await database.close()
    }

    @Test("A read that is interrupted as it begins leaves no transaction behind")
    func interruptedBegin() async throws {
        let database = try await Database.open(path, format: .test)
        await database.close()
        try await onThread { [path] in
            let connection = try Connection(path: path, configuration: ConnectionConfiguration(access: .readOnly))
            var interrupted = 0
            // SQLite looks after so many steps, which it counts from one statement to the next.
            for _ in 0..<3_000 {
                connection.interruption.isWanted = true
                if (try? connection.snapshot {}) == nil { interrupted += 1 }
                connection.interruption.isWanted = false
                guard !connection.isInTransaction else {
                    Issue.record("a transaction is left open")
                    break
                }
            }
            #expect(interrupted > 0)
        }
    }

    @Test("Only who writes checks each page's cells: he could spread damage")
    func cellCheck() async throws {
        let database = try await Database.open(directory.file("queue.db"), format: .test)
        let check: @Sendable (Connection) throws -> Int? = { try $0.first("PRAGMA cell_size_check") { try $0.int(0) } }
        #expect(try await database.write(check) == 1)
        #expect(try await database.read(check) == 0)
        await database.close()
    }

    @Test("A reader can't write")
    func readOnly() async throws {
        let database = try await Database.open(path, format: .test)
        let code = await storeErrorCode {
            _ = try await database.read { try $0.execute("INSERT INTO notes (text) VALUES ('x')") }
        }
        #expect(code == .readOnly)
        await database.close()
    }

    @Test("A file in WAL mode is read without its -shm, and with a -wal that nobody has recovered")
    func noSharedMemory() async throws {
        let database = try await Database.open(path, format: .test)
        try await database.addNote("one")
        // What a killed process leaves.
        // By another process: to open and close the file in this one would drop SQLite's locks on it.
        for suffix in ["", "-wal"] {
            let copy = try Process.run(
                URL(fileURLWithPath: "/bin/cp"),
                arguments: [path + suffix, directory.file("copy.db") + suffix]
            )
            copy.waitUntilExit()
        }
        await database.close()
        for file in ["copy.db", "queue.db"] {
            let readers = ReaderPool(Anchor(path: directory.file(file)))
            let notes = try await readers.read { try $0.query("SELECT text FROM notes") { row in try row.text(0) } }
            #expect(notes == ["one"])
            await readers.close()
        }
    }

    @Test("A cancelled read is interrupted, and the next one isn't")
    func cancellation() async throws {
        let database = try await Database.open(path, format: .test)
        let readers = ReaderPool(Anchor(path: path), size: 1)
        for _ in 0..<20 {
            let isRunning = Gate()
            let endless = Task {
                try await readers.read { connection in
                    isRunning.open()
                    let sql: SQL =
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
                    try connection.execute(sql)
                }
            }
            try await onThread { isRunning.wait() }
            endless.cancel()
            let other = Task { try await readers.read { try $0.first("SELECT 1") { row in try row.int(0) } } }
            await #expect(throws: CancellationError.self) { try await endless.value }
            #expect(try await other.value == 1)
        }
        await readers.close()
        await database.close()
    }

    @Test("More callers than threads are all served, and closing waits for them")
    func fairness() async throws {
        let database = try await Database.open(path, format: .test)
        try await database.addNote("one")
        let served = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await database.notes().count } }
            return try await group.reduce(0, +)
        }
        #expect(served == 200)
        await database.close()
    }

    /// On one actor with the test: who has begun stands in line by the time the test goes on.
    @MainActor
    @Test("A caller that is cancelled in line is answered at once")
    func cancelledInLine() async throws {
        let pool = ThreadPool<Void>(name: "test", size: 1, make: {})
        let (isIn, gate) = (Gate(), Gate())
        async let first: Void = pool.run {
            isIn.open()
            gate.wait()
        }
        // Also where the test ends early: it waits for the first.
        defer { gate.open() }
        try await onThread { isIn.wait() }
        let hasBegun = Counter()
        let second = Task {
            hasBegun.add()
            try await pool.run {}
        }
        while hasBegun.value == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        gate.open()
        try await first
        await pool.close()
    }
}
