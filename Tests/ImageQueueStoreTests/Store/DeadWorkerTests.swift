import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("What the dead left is settled by whoever looks", .timeLimit(.minutes(1)))
struct DeadWorkerTests {
    /// A job that is held by a worker whose lock is free.
    private func orphan(in store: SQLiteJobStore) async throws -> JobID {
        let backend = BackendID(rawValue: "http://127.0.0.1:1")
        let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
        try await store.register(worker)
        let receipts = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        #expect(try await store.holdBackend(backend, for: worker.id))
        let claimed = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
        #expect(claimed?.job.id == receipts.first?.jobID)
        await store.keeper.letGo(worker.id)
        return try #require(receipts.first?.jobID)
    }

    @Test("Status, list and a snapshot never show a dead worker's job as drawn")
    func reading() async throws {
        try await withStore { store in
            let job = try await orphan(in: store)
            #expect(try await store.job(job, as: .operator)?.state == .queued)
        }
        try await withStore { store in
            _ = try await orphan(in: store)
            let page = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 5)
            #expect(page.jobs.map(\.state) == [.queued])
        }
        try await withStore { store in
            _ = try await orphan(in: store)
            #expect(try await store.snapshot(matching: JobFilter(), as: .operator).jobs.map(\.state) == [.queued])
        }
    }

    @Test(
        "A name that goes from one process to another and back is not the former life's own doing where that one died"
    )
    func handedOver() async throws {
        let directory = try TemporaryDirectory()
        let configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        let (one, two) = (try await SQLiteJobStore.open(configuration), try await SQLiteJobStore.open(configuration))
        let backend = BackendID(rawValue: "http://127.0.0.1:1")
        var worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
        try await one.register(worker)
        try await one.unregister(worker.id)
        worker.processID = 2
        try await two.register(worker)
        let receipts = try await two.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        let job = try #require(receipts.first).jobID
        #expect(try await two.holdBackend(backend, for: worker.id))
        #expect(try await two.claim(ClaimRequest(worker: worker.id, backend: backend))?.job.id == job)
        await two.keeper.letGo(worker.id)
        worker.processID = 1
        try await one.register(worker)
        let row = try await one.read { try $0.jobRow(job) }
        #expect(row?.lifecycle == JobLifecycle(state: .queued, attempt: 1, deaths: 1))
        #expect(try await one.remains(limit: 5).map(\.attempt) == [1])
        await two.close()
        await one.close()
    }

    @Test("A lock that may not be looked at stops nobody: its worker has what it holds until its lease ends")
    func unreadableLock() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        var configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        configuration.time = StoreTime(clock)
        let store = try await SQLiteJobStore.open(configuration)
        let theirs = BackendID(rawValue: "http://127.0.0.1:1")
        var worker = WorkerRegistration(host: "here", processID: 1, backends: [theirs])
        worker.renewalInterval = nil
        try await store.register(worker)
        let receipts = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        let job = try #require(receipts.first).jobID
        #expect(try await store.holdBackend(theirs, for: worker.id))
        #expect(try await store.claim(ClaimRequest(worker: worker.id, backend: theirs))?.job.id == job)
        // As root's is for others, who may not open it; but root runs this test as well.
        let lock = configuration.databasePath + "-workers/\(worker.id).lock"
        try FileManager.default.removeItem(atPath: lock)
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: "/nowhere")
        #expect(try await store.job(job, as: .operator)?.state == .processing)
        let mine = BackendID(rawValue: "http://127.0.0.1:2")
        let other = WorkerRegistration(host: "here", processID: 1, backends: [mine])
        try await store.register(other)
        #expect(try await store.holdBackend(mine, for: other.id))
        #expect(try await store.claim(ClaimRequest(worker: other.id, backend: mine)) == nil)
        clock.advance(by: worker.leaseDuration)
        try await store.register(other)
        #expect(try await store.holdBackend(mine, for: other.id))
        let claimed = try await store.claim(ClaimRequest(worker: other.id, backend: mine))
        #expect(claimed?.job.id == job)
        // Whether it died nobody knows, nor whether it still writes its files.
        let row = try await store.read { try $0.jobRow(job) }
        #expect(row?.lifecycle.deaths == 0)
        #expect(try await store.remains(limit: 10).isEmpty)
        await store.close()
    }

    @Test("What a worker holds is given back by the close of its store, no death counted, and the worker may not go on")
    func closed() async throws {
        let directory = try TemporaryDirectory()
        let configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        let store = try await SQLiteJobStore.open(configuration)
        let backend = BackendID(rawValue: "http://127.0.0.1:1")
        let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
        try await store.register(worker)
        let receipts = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        #expect(try await store.holdBackend(backend, for: worker.id))
        let claimed = try #require(try await store.claim(ClaimRequest(worker: worker.id, backend: backend)))
        await store.close()
        #expect(try await store.standing(of: claimed.lease) == .lost)
        let next = try await SQLiteJobStore.open(configuration)
        let row = try await next.read { try $0.jobRow(claimed.job.id) }
        #expect(row?.id == receipts.first?.jobID)
        #expect(row?.lifecycle == JobLifecycle(state: .queued, attempt: 1))
        #expect(try await next.workers().isEmpty)
        #expect(try await next.remains(limit: 5).count == 1)
        await next.close()
    }

    @Test("A watcher alone is told that the job waits again")
    func watching() async throws {
        try await withStore { store in
            let queue = ImageQueue(store: store)
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            let receipt = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi")))
            #expect(try await store.holdBackend(backend, for: worker.id))
            _ = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
            var kinds: [JobEvent.Kind] = []
            for try await event in try await queue.events(matching: JobFilter(jobs: [receipt.jobID])) {
                kinds.append(event.kind)
                if event.kind == .progress, kinds.count == 1 { await store.keeper.letGo(worker.id) }
                if event.kind == .queued { break }
            }
            #expect(kinds == [.progress, .queued])
        }
    }
}
