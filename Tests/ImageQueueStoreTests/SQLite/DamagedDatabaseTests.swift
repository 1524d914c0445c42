import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("A database whose pages are damaged", .timeLimit(.minutes(1)))
struct DamagedDatabaseTests {
    @Test("Who asks is told that no second try helps; what can be read is read")
    func told() async throws {
        try await withDamaged("requests") { store, job in
            let queue = ImageQueue(store: store)
            let error = await #expect(throws: QueueError.self) { _ = try await queue.status(of: job) }
            #expect(error?.code == .storeDamaged)
            let counts = try await queue.counts()
            #expect(counts[.queued] == 1)
        }
    }

    @Test("Nobody can begin to watch it")
    func watched() async throws {
        try await withDamaged("requests") { store, _ in
            let queue = ImageQueue(store: store)
            let error = await #expect(throws: QueueError.self) {
                _ = try await queue.onEvents(call: SafeCallback(name: "told") { _ in })
            }
            #expect(error?.code == .storeDamaged)
        }
    }

    /// A store with a job, in a file in which the first page of a table is rubbish.
    private func withDamaged(_ table: String, _ body: (SQLiteJobStore, JobID) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        let first = try await SQLiteJobStore.open(configuration)
        let receipt = try await first.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        let (page, size) = try await first.read { connection in
            let page = try connection.first("SELECT rootpage FROM sqlite_schema WHERE name = ?", .text(table)) {
                try $0.int(0)
            }
            return (try #require(page), try #require(try connection.first("PRAGMA page_size") { try $0.int(0) }))
        }
        await first.close()
        let file = try FileHandle(forWritingTo: URL(filePath: configuration.databasePath))
        try file.seek(toOffset: UInt64((page - 1) * size))
        try file.write(contentsOf: Data(repeating: 0xA5, count: size))
        try file.close()
        let store = try await SQLiteJobStore.open(configuration)
        try await body(store, try #require(receipt.first).jobID)
        await store.close()
    }
}
