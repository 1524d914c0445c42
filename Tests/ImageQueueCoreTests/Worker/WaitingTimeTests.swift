import Foundation
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("The time that a job waited", .timeLimit(.minutes(1)))
struct WaitingTimeTests {
    private func claimed(
        submit: Double,
        queued: Double?,
        begun: Double?,
        hasBegunBefore: Bool = false
    ) async throws -> ClaimedJob {
        let queue = ImageQueue(store: InMemoryJobStore())
        let receipt = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi")))
        var job = try #require(try await queue.status(of: receipt.jobID))
        job.createdAt = Date(timeIntervalSince1970: submit)
        job.startedAt = begun.map { Date(timeIntervalSince1970: $0) }
        let worker = WorkerID(rawValue: "w")
        return ClaimedJob(
            lease: Lease(job: job.id, attempt: 1, nonce: 1, worker: worker, backend: BackendID(rawValue: "b")),
            job: job,
            isSuspect: false,
            hasBegunBefore: hasBegunBefore,
            queuedAt: queued.map { Date(timeIntervalSince1970: $0) }
        )
    }

    @Test("From its submit, or from the time at which it was to start, to its first begin")
    func waited() async throws {
        #expect(try await claimed(submit: 100, queued: nil, begun: 107).waited == 7)
        #expect(try await claimed(submit: 100, queued: 160, begun: 161).waited == 1, "a delay is no waiting")
        #expect(try await claimed(submit: 100, queued: 160, begun: 150).waited == 0, "a clock that was set back")
        #expect(try await claimed(submit: 100, queued: nil, begun: 107, hasBegunBefore: true).waited == nil)
    }
}
