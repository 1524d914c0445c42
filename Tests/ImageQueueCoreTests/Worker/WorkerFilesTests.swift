import Foundation
import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("The worker and its files", .timeLimit(.minutes(1)))
struct WorkerFilesTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    @Test("Files that can't be removed hold up the cleaning of no others")
    func unremovableRemains() async throws {
        let backends = (1...2).map { BackendID(rawValue: "http://127.0.0.1:\($0)") }
        let dead = WorkerRegistration(host: "here", processID: 1, backends: backends)
        try await store.register(dead)
        for backend in backends {
            _ = try await submit()
            #expect(try await store.holdBackend(backend, for: dead.id))
            #expect(try await store.claim(ClaimRequest(worker: dead.id, backend: backend)) != nil)
        }
        store.simulateDeath(of: dead.id)
        try await store.sweep()
        let paths = try await store.remains(limit: 10).map { attempt in
            let path = ImageFileName(
                job: attempt.job,
                createdAt: attempt.createdAt,
                attempt: attempt.attempt,
                number: 0,
                format: .png
            ).path
            files.leave(Data([1]), at: path)
            return path
        }
        try #require(paths.count == 2)
        files.refuseRemoval(of: try await store.remains(limit: 10).first?.job)
        try await running(worker()) { try await until { files.files[paths[1]] == nil } }
        #expect(files.files[paths[0]] != nil)
    }

    @Test("What an earlier attempt left half-done is removed, what it recorded is kept")
    func remains() async throws {
        generator.enqueue(.picture, .hanging)
        let job = try await submit(count: 2)
        let first = worker()
        try await running(first) {
            await generator.draws(atLeast: 2)
            // The first picture is recorded beside the second drawing.
            try await until { try await !status(job).images.isEmpty }
            let created = try await status(job).createdAt
            let half = ImageFileName(job: job, createdAt: created, attempt: 1, number: 1, format: .png).path + ".part-x"
            files.leave(Data([1]), at: half)
            store.simulateDeath(of: first.id)
            try await store.sweep()
            generator.release()
            try await wait(for: job) { $0.isFinal }
        }
        let done = try await status(job)
        #expect(done.images.map(\.attempt) == [1, 2])
        #expect(Set(files.files.keys) == Set(done.images.map(\.path)))
    }

    @Test("A picture that can't be written is kept until it can, and a folder that can't be written stops the start")
    func fullDisk() async throws {
        generator.enqueue(.hanging)
        let job = try await submit()
        let full = QueueError(code: .filesUnavailable, message: "No space is left.")
        try await running(worker()) {
            await generator.draws(atLeast: 1)
            files.fail(with: full)
            generator.release()
            try await letTimePass { files.failureCount >= 3 }
            #expect(try await status(job).state == .processing)
            files.fail(with: nil)
            try await letTimePass { try await status(job).state.isFinal }
        }
        #expect(try await status(job).state == .complete)
        #expect(generator.drawn.count == 1)
        files.fail(with: full)
        await #expect(throws: QueueError.self) { try await worker().run() }
        #expect(try await store.workers().isEmpty)
    }

    @Test("A cancel and a stop end the wait for room, and the files go before the job does", arguments: [true, false])
    func noRoom(isCancelled: Bool) async throws {
        generator.enqueue(.hanging)
        let job = try await submit()
        let left = Lock<[Int]>([])
        // Told by whoever commits the end: a worker that dies after it would leave what is there then.
        let observation = try await store.observe { [files] delta in
            guard delta.events.contains(where: { $0.attempt == 1 }) else { return }
            left.withLock { $0.append(files.files.count) }
        }
        defer { observation.cancel() }
        try await running(worker()) {
            await generator.draws(atLeast: 1)
            files.fail(with: QueueError(code: .filesUnavailable, message: "No space is left."))
            generator.release()
            try await letTimePass { files.failureCount >= 1 }
            // Whole, but for the word that its folder is safe.
            let created = try await status(job).createdAt
            let name = ImageFileName(job: job, createdAt: created, attempt: 1, number: 0, format: .png)
            files.leave(Data([1]), at: name.path)
            guard isCancelled else { return }
            _ = try await store.cancel(job, mode: .now, as: .operator)
            try await letTimePass { try await status(job).state.isFinal }
        }
        #expect(try await status(job).state == (isCancelled ? .cancelled : .queued))
        #expect(files.files.isEmpty)
        #expect(left.withLock { $0 } == [0])
    }
}
