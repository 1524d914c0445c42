import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("A stop while a dead worker's picture is waited for", .timeLimit(.minutes(1)))
struct StopWhileSettlingTests {
    /// Its backend never says that what was sent to it has ended.
    private struct StuckGenerator: ImageGenerator {
        let backend = BackendID(rawValue: "http://fake.invalid:1")
        let asked = AsyncStream<Void>.makeStream()

        func draw(
            _ task: DrawingTask,
            onProgress: @escaping @Sendable (DrawingProgress) -> Void
        ) async throws -> any ArrivingImage {
            throw GenerationError(.unavailable, message: "never reached")
        }

        func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome { .notRunning }

        func settleOrphan(_ task: DrawingTask.ID) async throws {
            asked.continuation.yield()
            try await Task.sleep(for: .seconds(3_600))
        }

        func checkHealth() async throws {}
    }

    @Test("ends the worker at once, and leaves the picture noted for the next")
    func stops() async throws {
        let store = InMemoryJobStore()
        let queue = ImageQueue(store: store)
        let generator = StuckGenerator()
        let dying = try await store.register(holding: generator.backend)
        _ = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi")))
        _ = try #require(try await store.claim(ClaimRequest(worker: dying, backend: generator.backend)))
        store.simulateDeath(of: dying)
        let worker = ImageWorker(queue: queue, backends: [generator], files: InMemoryImageFiles())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            var asked = generator.asked.stream.makeAsyncIterator()
            await asked.next()
            worker.stop()
            try await group.waitForAll()
        }
        #expect(try await store.orphans(on: generator.backend).count == 1)
    }
}
