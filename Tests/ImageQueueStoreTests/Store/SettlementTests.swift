import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("Settling, with a wish that fails", .timeLimit(.minutes(1)))
struct SettlementTests {
    @Test("A next job that can't be read is not taken, and what was drawn is kept")
    func unreadableNext() async throws {
        try await withStore { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            let receipts = try await store.submit([submission, submission])
            let wish = ClaimRequest(worker: worker.id, backend: backend)
            let first = try #require(try await store.claim(wish))
            // As another program's hand might leave it. The claim finds out after it has written.
            try await store.write { connection in
                _ = try connection.execute("UPDATE requests SET request = '[]' WHERE job_seq = 2")
            }

            let settlement = try await store.settle(first.lease, as: .complete([]), beginning: nil, then: wish)

            #expect(settlement.state == .complete)
            #expect(settlement.next == nil)
            let row = try #require(try await store.read { try $0.jobRow(receipts[1].jobID) })
            #expect(row.lifecycle.state == .queued)
            #expect(row.worker == nil)
            await #expect(throws: QueueError.self) { try await store.claim(wish) }
            #expect(try await store.read { try $0.jobRow(receipts[1].jobID)?.lifecycle.attempt } == 0)
        }
    }
}
