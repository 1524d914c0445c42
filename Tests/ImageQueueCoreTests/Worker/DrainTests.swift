import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("A backend that is drained and added again", .timeLimit(.minutes(1)))
struct DrainTests {
    private let store = InMemoryJobStore()
    private let files = InMemoryImageFiles()
    private let clock = ManualClock()
    private let first = FakeImageGenerator(backend: BackendID(rawValue: "http://fake.invalid:1"))
    private let second = FakeImageGenerator(backend: BackendID(rawValue: "http://fake.invalid:2"))
    private var queue: ImageQueue { ImageQueue(store: store) }

    private func submit(count: Int = 1) async throws -> JobID {
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.request.drawing?.pictureCount = count
        return try await queue.submit(submission).jobID
    }

    private func running(on backends: [FakeImageGenerator], _ body: () async throws -> Void) async throws {
        let worker = ImageWorker(queue: queue, backends: backends, files: files, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await body()
            worker.stop()
            try await group.waitForAll()
        }
    }

    private func status(of backend: FakeImageGenerator) async throws -> BackendStatus? {
        try await queue.backends().first { $0.backend == backend.backend }
    }

    private struct NeverSo: Error {}

    private func until(_ isSo: () async throws -> Bool) async throws {
        let start = ContinuousClock.now
        while !(try await isSo()) {
            guard start.duration(to: .now) < .seconds(50) else { throw NeverSo() }
            // Leaves the cores to those that are waited for.
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Half a minute a round, after each of which whoever was woken comes to rest: the backend's loop and the
    /// housekeeping.
    private func letTimePass(rounds: Int) async {
        for _ in 0..<rounds {
            await clock.sleepers(atLeast: 2)
            clock.advance(by: .seconds(30))
        }
        await clock.sleepers(atLeast: 2)
    }

    private func state(_ job: JobID) async throws -> JobState? { try await queue.status(of: job)?.state }

    @Test("It draws its job to the end and takes no other; added, it goes on at once, and no time has passed")
    func drain() async throws {
        first.enqueue(.picture, .hanging, .picture)
        let begun = try await submit(count: 3)
        let next = try await submit()
        try await running(on: [first]) {
            await first.draws(atLeast: 2)
            try await queue.drain(first.backend)
            first.release()
            try await until { try await state(begun) == .complete }
            #expect(try await queue.status(of: begun)?.images.count == 3)
            #expect(try await store.workers().flatMap(\.jobs).isEmpty)
            #expect(try await state(next) == .queued)
            #expect(try await status(of: first)?.isDraining == true)
            try await queue.add(first.backend)
            try await until { try await state(next) == .complete }
        }
        #expect(first.drawn.count == 4)
    }

    @Test("Its reserved job goes back, and another backend draws what waits")
    func others() async throws {
        first.enqueue(
            FakeImageGenerator.Step(
                progress: [DrawingProgress(fraction: 0.9, remaining: .milliseconds(500))],
                hangs: true
            )
        )
        let running = try await submit()
        try await self.running(on: [first]) {
            await first.draws(atLeast: 1)
            let reserved = try await submit()
            try await until { try await Set(store.workers().flatMap(\.jobs)) == [running, reserved] }
            try await queue.drain(first.backend)
            try await until { try await store.workers().flatMap(\.jobs) == [running] }
            try await self.running(on: [second]) { try await until { try await state(reserved) == .complete } }
            first.release()
            try await until { try await state(running) == .complete }
        }
        #expect(first.drawn.map(\.id.job) == [running])
        #expect(second.drawn.count == 1)
    }

    @Test("One that was left alone is tried at once when it is added, and not asked how it is while it is drained")
    func breaker() async throws {
        first.becomeIll(GenerationError(.unavailable, message: "Down."))
        let job = try await submit()
        try await running(on: [first]) {
            try await until {
                if case .open = try await status(of: first)?.report?.breaker { true } else { false }
            }
            #expect(try await status(of: first)?.report?.isShared == true)
            try await queue.drain(first.backend)
            try await until { try await status(of: first)?.isDraining == true }
            // The look that was under way, if any.
            await letTimePass(rounds: 3)
            let questions = first.calls.count { $0 == .checkHealth }
            #expect(questions > 0)
            // Long past what an answer is believed for, and what the breaker waits for.
            await letTimePass(rounds: 20)
            #expect(first.calls.count { $0 == .checkHealth } == questions)
            first.becomeIll(nil)
            try await queue.add(first.backend)
            try await until { try await state(job) == .complete }
            try await until { try await status(of: first)?.report?.breaker == .closed }
        }
        #expect(try await queue.backends().isEmpty)
    }

    @Test("An unknown one is refused, and an owner may not")
    func refused() async throws {
        await #expect { try await queue.drain(first.backend) } throws: { ($0 as? QueueError)?.code == .notFound }
        await #expect { try await queue.add(first.backend) } throws: { ($0 as? QueueError)?.code == .notFound }
        let ada = Requester.owner(Owner(rawValue: "ada"))
        await #expect { try await queue.drain(first.backend, as: ada) } throws: {
            ($0 as? QueueError)?.code == .notPermitted
        }
        await #expect { _ = try await queue.backends(as: ada) } throws: {
            ($0 as? QueueError)?.code == .notPermitted
        }
    }
}
