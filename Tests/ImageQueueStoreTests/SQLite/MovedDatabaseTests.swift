import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("A database file that is taken away while it is in use", .timeLimit(.minutes(1)))
struct MovedDatabaseTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("queue.db") }
    private var aside: String { directory.file("aside.db") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func move(_ from: String, to: String) throws {
        try #require(rename(from, to) == 0)
    }

    private func open() async throws -> SQLiteJobStore {
        try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
    }

    private func submit(_ prompt: String, to store: SQLiteJobStore) async throws -> JobID {
        let receipts = try await store.submit([Submission(request: TextToImageRequest(prompt: prompt))])
        return try #require(receipts.first).jobID
    }

    private func expectMoved(_ body: () async throws -> Void) async {
        let error = await #expect(throws: QueueError.self) { try await body() }
        #expect(error?.code == .storeUnavailable)
        #expect((error?.cause as? StoreError)?.code == .databaseMoved)
        #expect(error?.message.contains(path) == true && error?.message.contains("Put the same file back") == true)
    }

    @Test("Reads and writes are refused, and go on once the same file is back", arguments: [true, false])
    func putBack(isReplaced: Bool) async throws {
        let store = try await open()
        let first = try await submit("one", to: store)
        try move(path, to: aside)
        if isReplaced { try Data("another program's file".utf8).write(to: URL(filePath: path)) }
        // More at once than there are readers: those that are opened now are refused too.
        for _ in 0..<2 {
            await expectMoved { _ = try await submit("lost", to: store) }
            await expectMoved {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 { group.addTask { _ = try await store.job(first, as: .operator) } }
                    try await group.waitForAll()
                }
            }
        }
        if isReplaced {
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("another program's file".utf8))
        }
        try move(aside, to: path)
        let second = try await submit("two", to: store)
        for job in [first, second] { #expect(try await store.job(job, as: .operator)?.state == .queued) }
        let jobs = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs
        #expect(jobs.map(\.id) == [second, first])
        await store.close()
    }

    @Test("Another queue that is put there is neither read nor written, and closing leaves it as it is")
    func anotherQueue() async throws {
        let other = try await open()
        let others = try await submit("theirs", to: other)
        await other.close()
        try move(path, to: aside)
        let store = try await open()
        let first = try await submit("ours", to: store)
        let observation = try await store.observe { _ in }
        let before = try Data(contentsOf: URL(filePath: aside))
        // Over the name: the file that is open has none any more.
        try move(aside, to: path)
        for job in [first, others] {
            await expectMoved { _ = try await store.job(job, as: .operator) }
            await expectMoved { _ = try await store.observe { _ in } }
        }
        await expectMoved { _ = try await submit("lost", to: store) }
        observation.cancel()
        await store.close()
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test("An empty file that stands where the database was is not taken for it: its log stays")
    func emptyInItsPlace() async throws {
        let store = try await open()
        let job = try await submit("kedi", to: store)
        try move(path, to: aside)
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        #expect(!log.isEmpty)
        try Data().write(to: URL(filePath: path))
        let error = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(error?.code == .databaseMoved)
        #expect(try Data(contentsOf: URL(filePath: path + "-wal")) == log)
        try move(aside, to: path)
        #expect(try await store.job(job, as: .operator)?.state == .queued)
        await store.close()
    }

    @Test("A new queue beside one that was deleted while it was in use is whole; the old one stays refused")
    func madeAnew() async throws {
        let old = try await open()
        for number in 0..<40 { _ = try await submit("old \(number)", to: old) }
        try #require(unlink(path) == 0)
        // What was last written may be in the log alone: it is removed by whoever gives the queue up.
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        let error = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(error?.code == .databaseMoved)
        #expect(error?.message.contains("\(path)-wal") == true)
        #expect(try Data(contentsOf: URL(filePath: path + "-wal")) == log)
        #expect(!FileManager.default.fileExists(atPath: path))
        try #require(unlink(path + "-wal") == 0)
        let new = try await open()
        var jobs: [JobID] = []
        for number in 0..<40 {
            jobs.append(try await submit("new \(number)", to: new))
            await expectMoved { _ = try await submit("lost", to: old) }
        }
        await old.close()
        jobs.append(try await submit("after", to: new))
        await new.close()
        let again = try await open()
        let found = try await again.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 100).jobs
        #expect(found.map(\.id).reversed() == jobs)
        let problems = try await again.database.read { connection in
            try connection.query("PRAGMA integrity_check") { try $0.text(0) }
        }
        #expect(problems == ["ok"])
        await again.close()
    }

    @Test("A file that is put back after somebody wanted to make a new one has lost nothing")
    func putBackAfterAll() async throws {
        let store = try await open()
        let first = try await submit("one", to: store)
        try move(path, to: aside)
        await #expect(throws: StoreError.self) { _ = try await open() }
        await store.close()
        try move(aside, to: path)
        let again = try await open()
        #expect(try await again.job(first, as: .operator)?.state == .queued)
        await again.close()
    }

    @Test("Watchers go on where they were once the same file is back")
    func watching() async throws {
        let store = try await open()
        let queue = ImageQueue(store: store)
        let first = try await submit("one", to: store)
        var seen: [JobID] = []
        for try await event in try await queue.events(matching: JobFilter()) where event.kind == .queued {
            seen.append(try #require(event.jobID))
            switch seen.count {
            case 1:
                try move(path, to: aside)
                await expectMoved { _ = try await submit("lost", to: store) }
                try move(aside, to: path)
                _ = try await submit("two", to: store)
            default: break
            }
            if seen.count == 2 { break }
        }
        #expect(seen.first == first && Set(seen).count == 2)
        await store.close()
    }

    @Test("A worker's job waits for the file, and completes exactly once")
    func working() async throws {
        let store = try await open()
        let backend = BackendID(rawValue: "http://127.0.0.1:7860")
        let worker = WorkerRegistration(host: "test", processID: 1, backends: [backend], renewalInterval: nil)
        try await store.register(worker)
        #expect(try await store.holdBackend(backend, for: worker.id))
        let job = try await submit("one", to: store)
        let claimed = try #require(try await store.claim(ClaimRequest(worker: worker.id, backend: backend)))
        try move(path, to: aside)
        await expectMoved {
            _ = try await store.settle(claimed.lease, as: .complete([]), beginning: nil, then: nil)
        }
        try move(aside, to: path)
        let settlement = try await store.settle(claimed.lease, as: .complete([]), beginning: nil, then: nil)
        #expect(settlement.state == .complete)
        let start = EventCursor(
            log: try await store.snapshot(matching: JobFilter(), as: .operator).cursor.log,
            sequence: 0
        )
        let events = try await store.events(after: start, matching: JobFilter(jobs: [job]), as: .operator, limit: 10)
        #expect(events?.filter(\.isFinal).count == 1)
        await store.close()
    }
}
