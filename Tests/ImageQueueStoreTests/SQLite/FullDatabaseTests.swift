import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A database that may grow no more", .timeLimit(.minutes(5)))
struct FullDatabaseTests {
    #if THREAD_SANITIZER
    private static let rounds = 10
    #else
    private static let rounds = 50
    #endif

    private struct Outcome {
        var stored: [SubmitReceipt] = []
        var refused = 0
    }

    @Test("Of 64 submits at once every one that was told success is there, every other is not; room mends it")
    func submits() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var chance = SeededGenerator(seed: seed)
        var (stored, refused, mixed) = (0, 0, 0)
        for _ in 0..<Self.rounds {
            let outcome = try await submitIntoLittleRoom(pages: Int.random(in: 0...120, using: &chance), &chance)
            stored += outcome.stored.count
            refused += outcome.refused
            mixed += outcome.refused > 0 && !outcome.stored.isEmpty ? 1 : 0
        }
        print(
            "max_page_count: \(Self.rounds) limits, \(stored) submits stored, \(refused) refused, \(mixed) limits met in between"
        )
        #expect(stored + refused == Self.rounds * 64, "seed \(seed)")
        #expect(mixed > Self.rounds / 5, "seed \(seed)")
    }

    private func submitIntoLittleRoom(pages: Int, _ chance: inout SeededGenerator) async throws -> Outcome {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: directory.file("queue.db")))
        let submissions = (0..<64).map { number in
            var submission = Submission(request: TextToImageRequest(prompt: "kedi \(number)"))
            submission.request.drawing?.negativePrompt = String(
                repeating: "x",
                count: Int.random(in: 0...8_000, using: &chance)
            )
            submission.userMessage = number.isMultiple(of: 3) ? "bana kedi \(number)" : nil
            return submission
        }
        try await setLimit(pages, beyondPresent: true, of: store)
        let outcome = try await submit(submissions, to: store)
        try await compare(outcome.stored, with: store)
        // Neither closed nor opened again.
        try await setLimit(Int(UInt32.max) - 1, beyondPresent: false, of: store)
        let more = try await submit(submissions, to: store)
        #expect(more.refused == 0)
        try await compare(outcome.stored + more.stored, with: store)
        await store.close()
        return outcome
    }

    private func setLimit(_ pages: Int, beyondPresent: Bool, of store: SQLiteJobStore) async throws {
        try await store.database.write { connection in
            let present = try connection.first("PRAGMA page_count") { try $0.int(0) } ?? 0
            try connection.script("PRAGMA max_page_count = \(pages + (beyondPresent ? present : 0))")
        }
    }

    private func submit(_ submissions: [Submission], to store: SQLiteJobStore) async throws -> Outcome {
        try await withThrowingTaskGroup(of: SubmitReceipt?.self) { group in
            for submission in submissions {
                group.addTask {
                    do {
                        return try await store.submit([submission]).first
                    } catch let error as QueueError where error.code == .storeUnavailable {
                        #expect((error.cause as? StoreError)?.code == .diskFull)
                        #expect(error.message.contains("queue.db"))
                        return nil
                    }
                }
            }
            var outcome = Outcome()
            for try await receipt in group {
                if let receipt { outcome.stored.append(receipt) } else { outcome.refused += 1 }
            }
            return outcome
        }
    }

    private func compare(_ receipts: [SubmitReceipt], with store: SQLiteJobStore) async throws {
        let messages = receipts.map(\.messageID.rawValue) + receipts.compactMap { $0.userMessageID?.rawValue }
        let jobs = Set(receipts.map(\.jobID.description))
        try await store.database.read { connection in
            func texts(_ sql: String) throws -> [String] { try connection.query(SQL(sql)) { try $0.text(0) } }
            #expect(try Set(texts("SELECT id FROM jobs")) == jobs)
            #expect(try texts("SELECT job_id FROM events WHERE kind = 'QUEUED'").sorted() == jobs.sorted())
            #expect(try texts("SELECT id FROM jobs JOIN requests ON job_seq = seq").sorted() == jobs.sorted())
            let rows = try connection.query("SELECT id FROM messages") { try $0.integer(0) }
            #expect(rows.sorted() == messages.sorted())
            let counted = try connection.first("SELECT coalesce(sum(n), 0) FROM counters WHERE owner <> char(1)") {
                try $0.int(0)
            }
            #expect(counted == jobs.count)
            let total = try connection.first("SELECT coalesce(sum(n), 0) FROM counters WHERE owner = char(1)") {
                try $0.int(0)
            }
            #expect(total == jobs.count)
            #expect(try texts("PRAGMA integrity_check") == ["ok"])
        }
    }
}
