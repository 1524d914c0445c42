import ImageQueueCore
import ImageQueueTesting
import Testing

@Suite("The caller's side of the queue", .timeLimit(.minutes(1)))
struct ImageQueueTests {
    private let sut = StoreUnderTest.inMemory(StoreSettings(queueLimit: 2))
    private var queue: ImageQueue { ImageQueue(store: sut.store) }
    private let ada = Owner(rawValue: "ada")

    private func submission() -> Submission {
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.request.steps = 7
        submission.conversation = ConversationID(rawValue: "c")
        submission.owner = ada
        submission.priority = .high
        return submission
    }

    private func refusal(_ code: QueueError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: QueueError.self) { try await body() }
        #expect(error?.code == code)
        #expect(error?.message.isEmpty == false)
    }

    @Test("retry is a new job and message with the same request, and names the old job")
    func retry() async throws {
        let first = try await queue.submit(submission())
        _ = try await queue.cancel(first.jobID)
        let old = try #require(try await queue.status(of: first.jobID))
        let again = try await queue.retry(first.jobID, as: .owner(ada))
        let new = try #require(try await queue.status(of: again.jobID))
        #expect(new.id != old.id && new.messageID > old.messageID)
        #expect(new.request == old.request && new.request.seed >= 0)
        #expect((new.conversation, new.owner, new.priority) == (old.conversation, old.owner, old.priority))
        #expect(new.retryOf == old.id)
        #expect(again.metadata["retry_of"] == .string(old.id.description))
        #expect(new.state == .queued && new.attempt == 0)
        #expect(try await queue.status(of: first.jobID) == old)
    }

    @Test("retry refuses what has not failed, is not the requester's, or is no longer known, and changes nothing")
    func refusedRetry() async throws {
        let waiting = try await queue.submit(submission())
        await refusal(.invalidRequest) { _ = try await queue.retry(waiting.jobID) }
        await refusal(.notFound) { _ = try await queue.retry(.make()) }
        await refusal(.notFound) { _ = try await queue.retry(waiting.jobID, as: .owner(Owner(rawValue: "bob"))) }
        _ = try await queue.cancel(waiting.jobID)
        await refusal(.notFound) { _ = try await queue.retry(waiting.jobID, as: .owner(.nobody)) }
        sut.clock.advance(by: .seconds(100))
        while try await sut.store.prune(olderThan: .seconds(50), limit: 10) {}
        #expect(try await queue.status(of: waiting.jobID)?.isPruned == true)
        await refusal(.invalidRequest) { _ = try await queue.retry(waiting.jobID) }
        #expect(try await queue.list().jobs.isEmpty)
    }

    @Test("retry of a complete job is refused, and at the queue's limit it is full")
    func completeOrFull() async throws {
        let done = try await queue.submit(submission())
        var configuration = WorkerConfiguration()
        configuration.stopsWhenDrained = true
        let worker = ImageWorker(
            queue: queue,
            backends: [FakeImageGenerator()],
            files: InMemoryImageFiles(),
            configuration: configuration,
            clock: ManualClock()
        )
        try await worker.run()
        #expect(try await queue.status(of: done.jobID)?.state == .complete)
        await refusal(.invalidRequest) { _ = try await queue.retry(done.jobID) }
        let cancelled = try await queue.submit(submission())
        _ = try await queue.cancel(cancelled.jobID)
        for _ in 0..<2 { _ = try await queue.submit(submission()) }
        await refusal(.queueFull) { _ = try await queue.retry(cancelled.jobID) }
    }

    @Test("Pausing, resuming and the list of workers are the operator's")
    func operatorOnly() async throws {
        let owner = Requester.owner(ada)
        await refusal(.notPermitted) { try await queue.pause(as: owner) }
        #expect(try await !sut.store.isPaused())
        try await queue.pause()
        await refusal(.notPermitted) { try await queue.resume(as: owner) }
        #expect(try await sut.store.isPaused())
        try await queue.resume()
        await refusal(.notPermitted) { _ = try await queue.workers(as: owner) }
        #expect(try await queue.workers().isEmpty)
    }
}
