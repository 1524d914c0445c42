import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("The log has a new identity after the database went back in time", .timeLimit(.minutes(1)))
struct LogIdentityTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("queue.db")
    }

    private func withStore<Result>(
        _ path: String? = nil,
        _ body: (SQLiteJobStore) async throws -> Result
    ) async throws -> Result {
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path ?? self.path))
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    private func cursor(_ store: SQLiteJobStore) async throws -> EventCursor {
        try await store.read { try $0.logCursor() }
    }

    /// Where the log stands after so many more jobs.
    @discardableResult
    private func submit(_ count: Int, at path: String? = nil) async throws -> EventCursor {
        try await withStore(path) { store in
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            _ = try await store.submit(Array(repeating: submission, count: count))
            return try await cursor(store)
        }
    }

    private func mark(_ path: String? = nil) throws -> BellMark? {
        BellMark(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: (path ?? self.path) + "-bell"))))
    }

    private func backUp() async throws -> Data {
        let backup = directory.file("backup.db")
        try await onThread { [path] in try scratchConnection(path).script("VACUUM INTO '\(backup)'") }
        defer { unlink(backup) }
        return try Data(contentsOf: URL(fileURLWithPath: backup))
    }

    /// Whether a store that opens it now knows a cursor of before.
    private func knows(_ cursor: EventCursor, at path: String? = nil) async throws -> Bool {
        try await withStore(path) { store in
            try await store.events(after: cursor, matching: JobFilter(), as: .operator, limit: 10) != nil
        }
    }

    @Test("Reopened as it was, it keeps its identity, and the bell knows its last number")
    func reopened() async throws {
        let first = try await submit(3)
        #expect(first.sequence == 3)
        #expect(try mark() == BellMark(log: first.log, file: try #require(try mark()?.file), sequence: 3))
        let second = try await submit(2)
        #expect(second.log == first.log)
        #expect(try mark()?.sequence == 5)
        #expect(try await knows(first))
    }

    @Test("Processes that open it at once, and one after another, see one identity")
    func shared() async throws {
        let path = path
        let logs = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var configuration = SQLiteStoreConfiguration(databasePath: path)
                    // Each waits for the syncs of all before it.
                    configuration.busyLimit = .seconds(50)
                    let store = try await SQLiteJobStore.open(configuration)
                    let log = try await store.read { try $0.logCursor().log }
                    await store.close()
                    return log
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        // A new file: nobody was told the identity that it had before its first opening ended.
        #expect(logs.count == 1)
        #expect(try await submit(1).log == logs.first)
    }

    @Test("A process that died between its commit and the bell changes nothing")
    func behind() async throws {
        let first = try await submit(5)
        var late = try #require(try mark())
        late.sequence = 2
        try Data(late.bytes).write(to: URL(fileURLWithPath: path + "-bell"))
        #expect(try await knows(first))
        #expect(try await submit(1) == EventCursor(log: first.log, sequence: 6))
    }

    @Test("A process that dies without closing changes nothing")
    func killed() async throws {
        try await withStore { store in
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            _ = try await store.submit([submission, submission])
            let cursor = try await cursor(store)
            // As another process finds what a killed one left: its WAL and its bell.
            #expect(try await knows(cursor))
            #expect(try await submit(1) == EventCursor(log: cursor.log, sequence: 3))
        }
    }

    @Test("An older backup over the file, in place or under its name", arguments: [true, false])
    func restored(inPlace: Bool) async throws {
        let old = try await submit(3)
        let backup = try await backUp()
        let lost = try await submit(4)
        #expect(lost == EventCursor(log: old.log, sequence: 7))
        if inPlace {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: backup)
            try file.close()
        } else {
            try backup.write(to: URL(fileURLWithPath: path), options: .atomic)
        }
        #expect(try await !knows(lost))
        #expect(try await !knows(old))
        let new = try await submit(5)
        #expect(new.log != old.log)
        #expect(new.sequence == 8)
        #expect(try await !knows(lost), "its number is reached again, and means another event")
        #expect(try await submit(1).log == new.log, "a new identity stays")
    }

    @Test("Several that open a restored file at once give it one identity")
    func restoredForMany() async throws {
        let old = try await submit(3)
        let backup = try await backUp()
        try await submit(1)
        try backup.write(to: URL(fileURLWithPath: path), options: .atomic)
        let path = path
        let logs = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var configuration = SQLiteStoreConfiguration(databasePath: path)
                    // Each waits for the syncs of all before it.
                    configuration.busyLimit = .seconds(50)
                    let store = try await SQLiteJobStore.open(configuration)
                    let log = try await store.read { try $0.logCursor().log }
                    await store.close()
                    return log
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(logs.count == 1)
        #expect(!logs.contains(old.log))
    }

    @Test("A copy has an identity of its own, with its bell or without", arguments: [true, false])
    func copied(withBell: Bool) async throws {
        let original = try await submit(3)
        let copy = directory.file("copy.db")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        if withBell { try FileManager.default.copyItem(atPath: path + "-bell", toPath: copy + "-bell") }
        #expect(try await !knows(original, at: copy))
        #expect(try await submit(1, at: copy).log != original.log)
        #expect(try await submit(1) == EventCursor(log: original.log, sequence: 4), "the original stays")
    }

    @Test("Without its bell nobody can tell")
    func bellDeleted() async throws {
        let first = try await submit(3)
        unlink(path + "-bell")
        #expect(try await !knows(first))
        let second = try await submit(1)
        #expect(second.log != first.log)
        #expect(try await knows(second))
    }

    @Test("Deleted while a process has it open, the bell is made again by the next commit")
    func bellDeletedBeside() async throws {
        let cursor = try await withStore { store in
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            // A commit is answered before its ring; by the second answer the first has rung.
            for _ in 1...2 { _ = try await store.submit([submission]) }
            unlink(path + "-bell")
            _ = try await store.submit([submission])
            return try await self.cursor(store)
        }
        #expect(try mark()?.sequence == 3)
        #expect(try await knows(cursor))
    }

    @Test("A new database under an old one's name has nothing of its log")
    func replaced() async throws {
        let old = try await submit(3)
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        let new = try await submit(5)
        #expect(new.log != old.log)
        #expect(try await !knows(old))
        #expect(try await knows(new))
    }
}
