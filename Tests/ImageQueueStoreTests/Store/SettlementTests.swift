import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("Settling, with a next job that can't be read", .timeLimit(.minutes(1)))
struct SettlementTests {
    @Test("It is set aside, the one behind it is taken, and what was drawn is kept")
    func unreadableNext() async throws {
        try await withStore { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            let receipts = try await store.submit([submission, submission, submission])
            let wish = ClaimRequest(worker: worker.id, backend: backend)
            let first = try #require(try await store.claim(wish))
            // As another program's hand might leave it.
            try await store.write { connection in
                _ = try connection.execute("UPDATE requests SET request = '[]' WHERE job_seq = 2")
            }

            let settlement = try await store.settle(first.lease, as: .complete([]), beginning: nil, then: wish)

            #expect(settlement.state == .complete)
            #expect(settlement.next?.job.id == receipts[2].jobID)
            let row = try #require(try await store.read { try $0.jobRow(receipts[1].jobID) })
            #expect(row.lifecycle == JobLifecycle(state: .failed))
            #expect(row.failure?.code == .unreadable)
        }
    }
}
