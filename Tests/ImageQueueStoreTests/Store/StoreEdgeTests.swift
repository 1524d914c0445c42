import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A store at its edges", .timeLimit(.minutes(1)))
struct StoreEdgeTests {
    @Test(
        "\"For ever\" is a time that can be reckoned with",
        arguments: [Duration.seconds(Int64.max), .milliseconds(Int64.max)]
    )
    func forEver(time: Duration) async throws {
        try await withStore {
            $0.keyLifetime = time
            $0.raiseAfter = time
        } _: { store in
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            submission.key = "key"
            let first = try await store.submit([submission])
            #expect(try await store.submit([submission]).map(\.jobID) == first.map(\.jobID))
            _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
            #expect(try await !store.prune(olderThan: time, limit: 100))
            #expect(try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs.count == 1)
        }
    }

    @Test("A setting out of its range is refused by its name, and no file is made")
    func settings() async throws {
        let changes: [(String, (inout SQLiteStoreConfiguration) -> Void)] = [
            ("deathLimit", { $0.deathLimit = 0 }), ("queueLimit", { $0.queueLimit = -1 }),
            ("ownerLimit", { $0.ownerLimit = -1 }), ("keyLifetime", { $0.keyLifetime = .seconds(-1) }),
            ("raiseAfter", { $0.raiseAfter = .seconds(-1) }), ("busyLimit", { $0.busyLimit = .seconds(-1) }),
        ]
        let path = FileManager.default.temporaryDirectory.appending(path: "iq-\(UUID().uuidString).db").path
        for (name, change) in changes {
            var configuration = SQLiteStoreConfiguration(databasePath: path)
            change(&configuration)
            let error = try await #require(throws: StoreError.self) { try await SQLiteJobStore.open(configuration) }
            #expect(error.code == .invalidConfiguration)
            #expect(error.message.contains(name))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("What is overdue but can't be settled, for nothing can be written, is told as it stands")
    func overdue() async throws {
        let clock = TestClock()
        try await withStore {
            $0.time = StoreTime(clock)
        } _: { store in
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            submission.deadline = .seconds(1)
            let job = try #require(try await store.submit([submission]).first?.jobID)
            try await store.write { connection in
                try connection.script(
                    "CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END"
                )
            }
            clock.advance(by: .seconds(2))
            #expect(try await store.job(job, as: .operator)?.state == .queued)
            #expect(try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs.count == 1)
            try await store.write { try $0.script("DROP TRIGGER full") }
            #expect(try await store.job(job, as: .operator)?.failure == .expired)
        }
    }

    @Test(
        "A picture to start from that was changed in the database is not given for what it was",
        arguments: [true, false]
    )
    func changedInput(isGone: Bool) async throws {
        try await withStore { store in
            let file = try InputFile(TinyPNG.bytes(seed: 1, width: 64, height: 64))
            let request = ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: file.image)
            var submission = Submission(request: .imageToImage(request))
            submission.inputs = [file]
            let job = try #require(try await store.submit([submission]).first?.jobID)
            #expect(try await store.inputs(of: job, as: .operator) == [file])
            try await store.write { connection in
                try connection.script(isGone ? "DELETE FROM inputs" : "UPDATE input_files SET bytes = x'00'")
            }
            #expect(try await store.inputs(of: job, as: .operator) == [])
            let error = await #expect(throws: QueueError.self) { _ = try await ImageQueue(store: store).again(job) }
            #expect(error?.message.contains("no longer kept") == true)
        }
    }

    @Test("Who looks for jobs to cancel, and finds none, waits for no writer")
    func cancelsNone() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        let (hasLock, release) = (Gate(), Gate())
        async let holder: Void = onThread {
            try scratchConnection(path).transaction {
                hasLock.open()
                release.wait()
            }
        }
        defer { release.open() }
        try await onThread { hasLock.wait() }
        let jobs = JobFilter(jobs: [JobID.make()])
        for filter in [JobFilter(owner: Owner(rawValue: "nobody")), jobs] {
            #expect(try await store.cancel(matching: filter, mode: .now, as: .operator).isEmpty)
        }
        release.open()
        try await holder
        await store.close()
    }

    @Test("A picture that many submissions of an array start from is held once")
    func sharedInput() async throws {
        let file = try InputFile(TinyPNG.bytes(seed: 1, width: 64, height: 64))
        let request = ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: file.image)
        let submission = Submission(request: .imageToImage(request), inputs: [file])
        let prepared = try await PreparedSubmission.all(Array(repeating: submission, count: 5), time: .system)
        #expect(prepared.allSatisfy { $0.inputs.map(\.bytes) == [Array(file.bytes)] })
        let places = prepared.flatMap { $0.inputs.map { $0.bytes.withUnsafeBufferPointer(\.baseAddress) } }
        #expect(places.count == 5 && Set(places).count == 1)
    }

    @Test("The keys of replies, which are kept for good, are not looked through by a prune, in an older file neither")
    func replyKeys() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        let first = DatabaseFormat(migrations: Array(Schema.format.migrations.prefix(1)))
        try await Database.open(path, format: first).close()
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        let indexed = try await store.read { connection in
            try connection.first("SELECT sql FROM sqlite_schema WHERE name = 'keys_by_age'") { try $0.text(0) }
        }
        #expect(indexed?.hasSuffix("WHERE job_id IS NOT NULL") == true)
        await store.close()
    }

    @Test("What a newer worker tells of its backend in words of its own hinders nobody")
    func newerReport() async throws {
        try await withStore { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            try await store.write { _ = try $0.execute("UPDATE backends SET report = '{\"breaker\":\"resting\"}'") }
            #expect(try await store.backends() == [BackendStatus(backend: backend, holder: worker.id)])
            try await store.setDraining(true, backend: backend)
            #expect(try await store.backends().map(\.isDraining) == [true])
        }
    }
}
