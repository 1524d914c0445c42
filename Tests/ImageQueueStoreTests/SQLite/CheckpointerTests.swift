import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct CheckpointerTests {
    /// What is committed to a WAL that only grows costs four times as much (see ``WALBound``).
    @Test(
        "The WAL is begun anew under writers that never rest, in one process or several, long before they must wait for readers",
        arguments: [1, 3]
    )
    func isBegunAnew(processes: Int) async throws {
        let limits = Checkpointer.Limits(threshold: 20, bound: 1_000_000)
        try await withDatabases(processes, limits) { databases, path in
            // How soon depends on who else wants the cores: 20,000 notes are 40,000 pages.
            try await write(to: databases, notes: 20_000) { try beginnings(ofWAL: path + "-wal") >= 5 }
            #expect(try beginnings(ofWAL: path + "-wal") >= 5)
        }
    }

    @Test("Beyond the bound a writer does what the checkpointer didn't")
    func bounded() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        let checkpointer = try Checkpointer(
            Anchor(path: path),
            limits: Checkpointer.Limits(threshold: 20, bound: 200)
        )
        // It is asked in vain from now on.
        await checkpointer.close()
        try await onThread {
            let writer = try scratchConnection(path)
            try writer.script("PRAGMA journal_mode = WAL")
            try writer.script("CREATE TABLE notes (text TEXT NOT NULL)")
            var bound = WALBound(checkpointer)
            var most = 0
            let padding = Value.text(String(repeating: "x", count: 3_000))
            for _ in 0..<1_000 {
                try writer.execute("INSERT INTO notes VALUES (?)", padding)
                most = max(most, writer.walPages)
                bound.keep(writer)
            }
            // A note is two or three pages of some 2,000.
            #expect((200...210).contains(most))
        }
        #expect(checkpointer.runs == 0)
    }

    @Test(
        "While a read holds the WAL, a checkpoint is tried anew after as many pages as the first, not with each commit"
    )
    func longRead() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        let checkpointer = try Checkpointer(
            Anchor(path: path),
            limits: Checkpointer.Limits(threshold: 20, bound: 1_000_000)
        )
        try await onThread {
            let writer = try scratchConnection(path)
            try writer.script("PRAGMA journal_mode = WAL")
            try writer.script("CREATE TABLE notes (text TEXT NOT NULL)")
            let reader = try scratchConnection(path)
            var bound = WALBound(checkpointer)
            let padding = Value.text(String(repeating: "x", count: 3_000))
            try reader.snapshot {
                _ = try reader.first("SELECT count(*) FROM notes") { try $0.int(0) }
                while checkpointer.runs < 6, writer.walPages < 100_000 {
                    try writer.execute("INSERT INTO notes VALUES (?)", padding)
                    bound.keep(writer)
                }
                #expect(checkpointer.runs == 6)
                // Two each time: one beside the writer, and one for the rest.
                #expect(writer.walPages >= 3 * 20)
            }
        }
        await checkpointer.close()
    }

    @Test("Who asks one that has ended does not wait")
    func ended() async throws {
        let directory = try TemporaryDirectory()
        let checkpointer = try Checkpointer(Anchor(path: directory.file("queue.db")))
        await checkpointer.close()
        try await onThread { checkpointer.askAndWait() }
        #expect(checkpointer.runs == 0)
    }

    /// - Parameter count: how many have the file open, each as a process of its own would.
    private func withDatabases(
        _ count: Int,
        _ limits: Checkpointer.Limits,
        _ body: ([Database], String) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        var configuration = Database.Configuration()
        configuration.checkpoints = limits
        var databases: [Database] = []
        for _ in 0..<count {
            databases.append(try await Database.open(path, format: .test, configuration: configuration))
        }
        try await body(databases, path)
        for database in databases { await database.close() }
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    /// Four callers of each database write one note after another, until it is enough or there are so many.
    private func write(
        to databases: [Database],
        notes: Int,
        until isEnough: @escaping @Sendable () throws -> Bool
    ) async throws {
        let padding = String(repeating: "x", count: 3_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (process, database) in databases.enumerated() {
                for caller in 0..<4 {
                    group.addTask {
                        for number in 0..<notes / databases.count / 4 where try !isEnough() {
                            try await database.addNote("\(process) \(caller) \(number) \(padding)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// How often it was: "Checkpoint sequence number", the fourth number of its header (SQLite, Database File Format 4.1).
    private func beginnings(ofWAL path: String) throws -> Int {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        let header = [UInt8](try file.read(upToCount: 32) ?? Data())
        guard header.count == 32 else { return 0 }
        return header[12..<16].reduce(0) { $0 << 8 | Int($1) }
    }
}
