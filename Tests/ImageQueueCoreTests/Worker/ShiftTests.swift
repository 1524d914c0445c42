import Foundation
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("The backend never waits for us", .timeLimit(.minutes(1)))
struct ShiftTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    private func held() async throws -> Set<JobID> { Set(try await store.workers().flatMap(\.jobs)) }

    /// A picture that says it is nearly done, and then hangs.
    private func nearlyDone(arrivesLate: Bool = false, loss: GenerationError? = nil) -> FakeImageGenerator.Step {
        FakeImageGenerator.Step(
            progress: [DrawingProgress(fraction: 0.9, remaining: .milliseconds(500))],
            hangs: true,
            arrivesLate: arrivesLate,
            loss: loss
        )
    }

    @Test("The next request leaves while the picture before it is still on its way")
    func pipelined() async throws {
        generator.enqueue(nearlyDone(arrivesLate: true), .hanging)
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { _ in
            try await until { try await held() == [first, second] }
            // Reserved: to everybody else it still waits, first.
            let reserved = try await status(second)
            #expect((reserved.state, reserved.position) == (.queued, 1))
            generator.release()
            await generator.draws(atLeast: 2)
            #expect(generator.drawn.map(\.id.job) == [first, second])
            #expect(try await status(first).state == .processing)
            generator.deliver()
            #expect(try await end(of: first).state == .complete)
            // Begun in the step that completed the one before.
            #expect(try await status(second).state == .processing)
            generator.release()
            #expect(try await end(of: second).attempt == 1)
        }
    }

    @Test("A job is reserved late, not as soon as the one before it begins")
    func late() async throws {
        generator.enqueue(
            FakeImageGenerator.Step(progress: [DrawingProgress(fraction: 0.1, remaining: .seconds(30))], hangs: true)
        )
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { _ in
            await generator.draws(atLeast: 1)
            for _ in 0..<20 {
                clock.advance(by: .milliseconds(100))
                await Task.yield()
            }
            #expect(try await held() == [first])
            generator.release()
            let done = try await end(of: second)
            #expect(done.state == .complete)
        }
    }

    @Test("A reserved job that is cancelled ends without the backend")
    func cancelReserved() async throws {
        generator.enqueue(nearlyDone())
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { _ in
            try await until { try await held() == [first, second] }
            #expect(try await queue.cancel(second) == .requested(stillDrawing: false))
            #expect(try await end(of: second).state == .cancelled)
            generator.release()
            #expect(try await end(of: first).state == .complete)
            #expect(generator.drawn.map(\.id.job) == [first])
        }
    }

    @Test("While storing lags behind, a reserved job is still there to be cancelled, and is not drawn")
    func cancelBehindFullDisk() async throws {
        generator.enqueue(nearlyDone(), nearlyDone(), nearlyDone())
        var jobs: [JobID] = []
        for number in 1...4 { jobs.append(try await submit("\(number)")) }
        try await running { _ in
            for drawn in 1...3 {
                // One is being stored, one lies there, and one has nowhere to go.
                try await until { try await held() == Set(jobs.prefix(drawn + 1)) }
                await generator.draws(atLeast: drawn)
                files.fail(with: QueueError(code: .filesUnavailable, message: "no room"))
                generator.release()
            }
            try await until { !generator.isDrawing }
            for _ in 0..<50 { await Task.yield() }
            #expect(try await queue.cancel(jobs[3]) == .requested(stillDrawing: false))
            #expect(try await end(of: jobs[3]).state == .cancelled)
            files.fail(with: nil)
            for job in jobs.prefix(3) {
                try await until {
                    clock.advance(by: .milliseconds(100))
                    return try await status(job).state == .complete
                }
            }
            #expect(generator.drawn.map(\.id.job) == Array(jobs.prefix(3)))
        }
    }

    @Test("A worker that ends when drained does not leave a backend while what waits needs only its hands to be empty")
    func suspectsWhileDraining() async throws {
        let other = FakeImageGenerator(backend: BackendID(rawValue: "http://fake.invalid:2"))
        generator.enqueue(.hanging)
        other.enqueue(.hanging)
        var jobs = [try await submit("one"), try await submit("two")]
        var configuration = WorkerConfiguration()
        configuration.stopsWhenDrained = true
        let both = [generator, other]
        let worker = ImageWorker(queue: queue, backends: both, files: files, configuration: configuration, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            await generator.draws(atLeast: 1)
            await other.draws(atLeast: 1)
            jobs += try await suspects()
            jobs.append(try await submit("behind"))
            other.release()
            let second = try #require(other.drawn.first?.id.job)
            _ = try await end(of: second)
            for _ in 0..<500 { await Task.yield() }
            let standing = try await queue.backends().first { $0.backend == other.backend }
            #expect(standing?.holder == worker.id)
            #expect(generator.drawn.count + other.drawn.count == 2)
            generator.release()
            try await until {
                clock.advance(by: .milliseconds(100))
                return try await queue.list(limit: 10).jobs.allSatisfy { $0.state == .complete }
            }
            try await group.waitForAll()
        }
        #expect(Set((generator.drawn + other.drawn).map(\.id.job)) == Set(jobs))
    }

    /// Two jobs that were in the hands of a worker when it died.
    private func suspects() async throws -> [JobID] {
        let backend = BackendID(rawValue: "http://fake.invalid:3")
        let dying = try await store.register(holding: backend)
        let jobs = [try await submit("suspect"), try await submit("suspect")]
        for _ in jobs {
            #expect(try await store.claim(ClaimRequest(worker: dying, backend: backend, isReserving: true)) != nil)
        }
        store.simulateDeath(of: dying)
        _ = try await store.sweep()
        return jobs
    }

    @Test("What was left with the backend stays known while later requests fail, perhaps before they reach it")
    func leftBehindFailures() async throws {
        generator.enqueue(.hanging, .failing(GenerationError(.notAsAsked, message: "no such sampler")), .hanging)
        generator.answerInterrupts(with: .impossible)
        let left = try await submit("left")
        let failing = try await submit("failing")
        let last = try await submit("last")
        try await running { _ in
            await generator.draws(atLeast: 1)
            _ = try await queue.cancel(left)
            #expect(try await end(of: failing).state == .failed)
            await generator.draws(atLeast: 3)
            #expect(try await store.orphans(on: generator.backend).map(\.job) == [left])
            generator.release()
            #expect(try await end(of: last).state == .complete)
            #expect(try await store.orphans(on: generator.backend).isEmpty)
        }
    }

    @Test("A more urgent job takes a reserved one's place, which is told nothing of it")
    func outranked() async throws {
        generator.enqueue(nearlyDone())
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { _ in
            try await until { try await held() == [first, second] }
            let urgent = try await submit("urgent", priority: .high)
            try await until { try await held() == [first, urgent] }
            generator.release()
            #expect(try await end(of: second).state == .complete)
            #expect(generator.drawn.map(\.id.job) == [first, urgent, second])
        }
        let told = try await store.events(
            after: try await queue.cursor(atSequence: 0),
            matching: JobFilter(jobs: [second]),
            as: .operator,
            limit: 100
        )
        #expect(told?.map(\.kind) == [.queued, .complete])
    }

    @Test("A pause sends a reserved job back, a stop too, no try spent")
    func givenBack() async throws {
        generator.enqueue(nearlyDone())
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { worker in
            try await until { try await held() == [first, second] }
            try await queue.pause()
            try await until { try await held() == [first] }
            try await queue.resume()
            try await until { try await held() == [first, second] }
            worker.stop()
            try await until { try await held() == [first] }
            generator.release()
            #expect(try await end(of: first).state == .complete)
        }
        #expect(try await status(second).state == .queued)
        #expect(generator.drawn.map(\.id.job) == [first])
    }

    @Test("A cancel that waits for the picture keeps it and drops the rest")
    func afterPicture() async throws {
        generator.enqueue(.hanging, .hanging)
        let three = try await submit("three", count: 3)
        let one = try await submit("one")
        try await running { _ in
            await generator.draws(atLeast: 1)
            #expect(try await queue.cancel(three, mode: .afterPicture) == .requested(stillDrawing: false))
            generator.release()
            let dropped = try await end(of: three)
            #expect((dropped.state, dropped.images.count) == (.cancelled, 1))
            await generator.draws(atLeast: 2)
            #expect(try await queue.cancel(one, mode: .afterPicture) == .requested(stillDrawing: false))
            generator.release()
            #expect(try await end(of: one).state == .complete)
        }
        #expect(generator.drawn.count == 2)
        #expect(!generator.calls.contains { if case .interrupt = $0 { true } else { false } })
    }

    @Test("A picture that somebody else cut short is drawn again; the others stay")
    func foreignInterrupt() async throws {
        let cut = GenerationError(.interruptedByOther, message: "cut")
        generator.enqueue(FakeImageGenerator.Step(arrivesLate: true, loss: cut), .picture)
        let job = try await submit("kedi", count: 2)
        try await running { _ in
            await generator.draws(atLeast: 2)
            generator.deliver()
            let done = try await end(of: job)
            #expect((done.state, done.attempt) == (.complete, 2))
            // The second picture had left when the first turned out to be cut.
            #expect(generator.drawn.map(\.id.number) == [0, 1, 0])
            #expect(done.images.map(\.attempt) == [2, 1])
            #expect(Set(files.files.keys) == Set(done.images.map(\.path)))
        }
    }

    @Test("Five cuts are enough")
    func fiveCuts() async throws {
        let cut = GenerationError(.interruptedByOther, message: "cut")
        for _ in 0..<5 { generator.enqueue(FakeImageGenerator.Step(loss: cut)) }
        let job = try await submit("kedi")
        try await running { _ in
            let failed = try await end(of: job)
            #expect(failed.failure?.code == .interruptedByOther)
            #expect(failed.attempt == 5)
        }
    }

    @Test("A cancel after the picture, that comes once the request has left, lets the reserved job complete")
    func afterPictureOfUnbegun() async throws {
        generator.enqueue(nearlyDone(arrivesLate: true), .hanging)
        let first = try await submit("first")
        let second = try await submit("second")
        try await running { _ in
            try await until { try await held() == [first, second] }
            generator.release()
            await generator.draws(atLeast: 2)
            // Its begin is written down with the first one's end, and is refused by then.
            #expect(try await queue.cancel(second, mode: .afterPicture) == .requested(stillDrawing: false))
            generator.deliver()
            #expect(try await end(of: first).state == .complete)
            generator.release()
            let done = try await end(of: second)
            #expect((done.state, done.images.count) == (.complete, 1))
            #expect(try await held().isEmpty)
        }
    }

    @Test("What may be with the backend when a worker dies is known, however far it is ahead of its disk")
    func orphansAhead() async throws {
        generator.enqueue(.hanging, .picture, .hanging)
        let job = try await submit("kedi", count: 5)
        try await running { worker in
            await generator.draws(atLeast: 1)
            files.fail(with: QueueError(code: .filesUnavailable, message: "No space is left."))
            generator.release()
            await generator.draws(atLeast: 3)
            let drawn = try #require(generator.drawn.last?.id)
            #expect(drawn.number == 2)
            store.simulateDeath(of: worker.id)
            try await store.sweep()
            #expect(try await store.orphans(on: generator.backend).contains(drawn))
            files.fail(with: nil)
            try await until {
                clock.advance(by: .seconds(1))
                return try await status(job).state == .complete
            }
        }
    }

    @Test("A job that was taken away does not hold up the one whose request has left")
    func lostBesideNext() async throws {
        generator.enqueue(nearlyDone(arrivesLate: true), .hanging)
        let first = try await submit("first", count: 1)
        let second = try await submit("second")
        try await running { _ in
            try await until { try await held() == [first, second] }
            generator.release()
            await generator.draws(atLeast: 2)
            files.fail(with: QueueError(code: .closed, message: "The directory was closed."))
            generator.deliver()
            #expect(try await end(of: first).failure?.code == .storageFailed)
            #expect(try await status(second).state == .processing)
            files.fail(with: nil)
            generator.release()
            #expect(try await end(of: second).state == .complete)
        }
    }

    @Test("With 1,000 jobs each is drawn once, in order, and none is reserved twice")
    func many() async throws {
        var jobs: [JobID] = []
        for number in 0..<1_000 { jobs.append(try await submit("\(number)")) }
        try await running { _ in
            let last = try #require(jobs.last)
            #expect(try await end(of: last).state == .complete)
        }
        #expect(generator.drawn.map(\.id.job) == jobs)
        #expect(generator.drawn.allSatisfy { $0.id.attempt == 1 })
    }
}
