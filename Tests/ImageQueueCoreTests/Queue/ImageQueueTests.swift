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
        submission.request.drawing?.steps = 7
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
        #expect(new.request == old.request && new.request.drawing?.seed != -1)
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

    @Test("again draws a request once more: the same, with another seed, or more like one of its pictures")
    func again() async throws {
        var first = submission()
        first.request.drawing?.pictureCount = 3
        let receipt = try await queue.submit(first)
        let old = try #require(try await queue.status(of: receipt.jobID))
        func redrawn(_ redraw: Redraw) async throws -> Job {
            let again = try await queue.again(old.id, redraw, as: .owner(ada))
            let job = try #require(try await queue.status(of: again.jobID))
            #expect(job.id != old.id && job.messageID > old.messageID && job.retryOf == nil)
            #expect((job.conversation, job.owner, job.priority) == (old.conversation, old.owner, old.priority))
            #expect(job.metadata["again_of"] == .string(old.id.description))
            _ = try await queue.cancel(job.id)
            return job
        }
        #expect(try await redrawn(.sameSeed).request == old.request)
        let drawing = try #require(old.request.drawing)
        var other = try #require(try await redrawn(.newSeed).request.drawing)
        #expect(other.seed != drawing.seed && other.seed >= 0)
        other.seed = drawing.seed
        #expect(other == drawing)
        let similar = try #require(try await redrawn(.similar(picture: 2, strength: 0.2)).request.drawing)
        #expect(similar.seed == Int64(drawing.seed(ofPicture: 2)))
        #expect(similar.subseed >= 0 && similar.subseedStrength == 0.2)
        #expect(try await queue.status(of: old.id)?.request == old.request)
    }

    @Test("again refuses what is unknown, somebody else's, or not there, and stores nothing")
    func refusedAgain() async throws {
        let waiting = try await queue.submit(submission())
        await refusal(.notFound) { _ = try await queue.again(.make()) }
        await refusal(.notFound) { _ = try await queue.again(waiting.jobID, as: .owner(.nobody)) }
        for picture in [1, -1, .max, .min] {
            let redraw = Redraw.similar(picture: picture, strength: 0.1)
            await refusal(.invalidRequest) { _ = try await queue.again(waiting.jobID, redraw) }
        }
        for picture in [1, -1, .max, .min] {
            await refusal(.invalidRequest) {
                _ = try await queue.upscaling(waiting.jobID, picture: picture, keptIn: InMemoryImageFiles())
            }
        }
        for strength in [0, -0.1, 1.1, .nan] {
            await refusal(.invalidRequest) {
                _ = try await queue.again(waiting.jobID, .similar(picture: 0, strength: strength))
            }
        }
        #expect(try await queue.list().jobs.count == 1)
        _ = try await queue.cancel(waiting.jobID)
        sut.clock.advance(by: .seconds(100))
        while try await sut.store.prune(olderThan: .seconds(50), limit: 10) {}
        await refusal(.invalidRequest) { _ = try await queue.again(waiting.jobID) }
    }

    @Test("What is made of a job that has waited long has the priority that was asked for")
    func notRaisedAgain() async throws {
        var low = submission()
        low.priority = .low
        let first = try await queue.submit(low)
        sut.clock.advance(by: .seconds(600))
        #expect(try await queue.status(of: first.jobID)?.priority == .normal)
        _ = try await queue.cancel(first.jobID)
        for receipt in [try await queue.retry(first.jobID), try await queue.again(first.jobID)] {
            #expect(try await queue.status(of: receipt.jobID)?.priority == .low)
        }
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
