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

    @Test("Who watches when it is damaged is told, once, after what came before")
    func watching() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: directory.file("queue.db")))
        let queue = ImageQueue(store: store)
        let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        let page = try await firstPage(of: "settings", in: store)
        weak var callback: SafeCallback?
        let registration = try await {
            let new = SafeCallback(name: "told") { _ in }
            callback = new
            return try await queue.onEvents(call: new)
        }()
        var events = try await queue.events(matching: JobFilter()).makeAsyncIterator()
        try await onThread {
            _ = try scratchConnection(store.database.path).first("PRAGMA wal_checkpoint(TRUNCATE)") { try $0.int(0) }
        }
        // The writer reads its pages anew, and has them from now on.
        _ = try await store.submit([submission])
        #expect(try await events.next()?.kind == .queued)
        try overwrite(page, of: store.database.path)
        _ = try await store.submit([submission])

        let error = await #expect(throws: QueueError.self) { _ = try await events.next() }

        #expect(error?.code == .storeDamaged)
        #expect(error?.message.contains("is damaged") == true)
        let again = await #expect(throws: QueueError.self) { _ = try await queue.events(matching: JobFilter()) }
        #expect(again?.code == .storeDamaged)
        // Nobody but the task that reads for it holds it.
        while callback != nil { try await Task.sleep(for: .milliseconds(2)) }
        registration.cancel()
        await store.close()
    }

    /// A store with a job, in a file in which the first page of a table is rubbish.
    private func withDamaged(_ table: String, _ body: (SQLiteJobStore, JobID) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        let first = try await SQLiteJobStore.open(configuration)
        let receipt = try await first.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        let page = try await firstPage(of: table, in: first)
        await first.close()
        try overwrite(page, of: configuration.databasePath)
        let store = try await SQLiteJobStore.open(configuration)
        try await body(store, try #require(receipt.first).jobID)
        await store.close()
    }

    /// Where a table's first page lies in the file.
    private func firstPage(of table: String, in store: SQLiteJobStore) async throws -> Range<Int> {
        try await store.read { connection in
            let page = try connection.first("SELECT rootpage FROM sqlite_schema WHERE name = ?", .text(table)) {
                try $0.int(0)
            }
            let size = try #require(try connection.first("PRAGMA page_size") { try $0.int(0) })
            let start = (try #require(page) - 1) * size
            return start..<start + size
        }
    }

    private func overwrite(_ bytes: Range<Int>, of path: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seek(toOffset: UInt64(bytes.lowerBound))
        try file.write(contentsOf: Data(repeating: 0xA5, count: bytes.count))
        try file.close()
    }
}
