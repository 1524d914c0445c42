import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A WAL that a killed process left", .timeLimit(.minutes(1)))
struct CrashedWALTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("queue.db") }
    private let copies: String

    init() throws {
        directory = try TemporaryDirectory()
        copies = directory.file("crashed")
    }

    /// Twelve submits that stand in the WAL alone, and the two files as `kill -9` leaves them.
    private func crash() async throws -> [JobID] {
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        var jobs: [JobID] = []
        for number in 0..<12 {
            let receipts = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi \(number)"))])
            jobs += receipts.map(\.jobID)
        }
        try copyAsCrashed(path, to: copies)
        await store.close()
        return jobs
    }

    /// Opens a copy with its WAL changed; answers with the jobs in it, in the order of their submits.
    private func survivors(_ change: (inout Data) -> Void) async throws -> [JobID] {
        let folder = directory.file(UUID().uuidString)
        try FileManager.default.copyItem(atPath: copies, toPath: folder)
        let wal = URL(filePath: folder + "/queue.db-wal")
        var bytes = try Data(contentsOf: wal)
        change(&bytes)
        try bytes.write(to: wal)
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: folder + "/queue.db"))
        let found = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 100).jobs
        // It is a database like any other.
        _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "one more"))])
        let problems = try await store.database.read { connection in
            try connection.query("PRAGMA integrity_check") { try $0.text(0) }
                + connection.query("PRAGMA foreign_key_check") { try $0.text(0) }
                + connection.query(
                    """
                    SELECT jobs.id FROM jobs LEFT JOIN messages ON messages.id = message_id
                    WHERE extra_metadata ->> 'job_id' IS NOT jobs.id
                    """
                ) { try $0.text(0) }
        }
        #expect(problems == ["ok"])
        await store.close()
        return found.reversed().map(\.id)
    }

    @Test("What comes after an undone part of a transaction that outgrew the cache is there")
    func undonePart() async throws {
        struct Refusal: Error {}
        var configuration = Database.Configuration()
        configuration.cacheKibibytes = 40
        for pages in [10, 30, 100, 300] {
            let folder = directory.file("\(pages)")
            let database = try await Database.open(folder + "/queue.db", format: .test, configuration: configuration)
            @Sendable func text(_ name: String) -> String { name + String(repeating: "x", count: pages * 4_096) }
            for name in ["first", "second"] { try await database.addNote(text(name)) }
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text(text("kept")))
                do {
                    try connection.savepoint {
                        try connection.execute("UPDATE notes SET text = text || 'undone' WHERE id < 3")
                        throw Refusal()
                    }
                } catch is Refusal {}
            }
            try await database.addNote("later")
            let copy = try copyAsCrashed(folder + "/queue.db", to: folder + "-copy")
            await database.close()
            let found = try await Database.open(copy, format: .test)
            let notes = try await found.notes()
            #expect(notes.count == 4, "\(pages)")
            #expect(notes.last == "later", "\(pages)")
            await found.close()
        }
    }

    @Test("All that was acknowledged is there, whatever was left behind the last commit")
    func tails() async throws {
        let jobs = try await crash()
        #expect(try await survivors { _ in } == jobs)
        #expect(try await survivors { $0 += Data(repeating: 0xA5, count: 5_000) } == jobs)
        // A frame that looks like one, up to its checksum.
        #expect(try await survivors { $0 += $0.suffix(4_120) } == jobs)
        #expect(try await survivors { $0 += Data(count: 100_000) } == jobs)
    }

    @Test("Of a truncated or damaged one the whole transactions before the damage are there, and nothing else")
    func damage() async throws {
        let jobs = try await crash()
        let seed = UInt64.random(in: 0...UInt64.max)
        var chance = SeededGenerator(seed: seed)
        var counts: Set<Int> = []
        for round in 0..<24 {
            let found = try await survivors { wal in
                // In the second half, where the submits are: the tables before them must stay.
                let place = Int.random(in: wal.count / 2..<wal.count, using: &chance)
                if round.isMultiple(of: 2) { wal.removeSubrange(place...) } else { wal[place] ^= 0x10 }
            }
            #expect(found == Array(jobs.prefix(found.count)), "seed \(seed)")
            counts.insert(found.count)
        }
        #expect(counts.count > 2, "seed \(seed)")
        #expect(counts.allSatisfy { $0 < jobs.count }, "seed \(seed)")
    }
}
