import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A message that can't be changed, for what its host has done", .timeLimit(.minutes(1)))
struct RefusedMessageTests {
    enum Fault: CaseIterable, Sendable {
        /// A trigger refuses.
        case trigger
        /// A newer SQLite has stored what the one in use can't read.
        case json5
    }

    private let directory: TemporaryDirectory
    private var configuration: SQLiteStoreConfiguration
    private let clock = TestClock()

    init() throws {
        directory = try TemporaryDirectory()
        configuration = SQLiteStoreConfiguration(databasePath: directory.file("queue.db"))
        configuration.time = StoreTime(clock)
    }

    /// Three jobs of which the first's message has the fault, and the store.
    private func scene(_ fault: Fault, deadline: Duration? = nil) async throws -> (SQLiteJobStore, [SubmitReceipt]) {
        let first = try await SQLiteJobStore.open(configuration)
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.deadline = deadline
        let receipts = try await first.submit([submission, submission, submission])
        let id = receipts[0].messageID.rawValue
        if fault == .trigger {
            try await first.write { connection in
                try connection.script(
                    """
                    CREATE TRIGGER host BEFORE UPDATE ON messages WHEN old.id = \(id) BEGIN
                        SELECT RAISE(ABORT, 'host says no');
                    END
                    """
                )
            }
        }
        await first.close()
        if fault == .json5 {
            // With its own SQLite a host may write this; the table's check is the newer one's then.
            let url = URL(filePath: configuration.databasePath)
            var bytes = try Data(contentsOf: url)
            let old = Data(#""job_id":"\#(receipts[0].jobID)""#.utf8)
            let place = try #require(bytes.range(of: old))
            bytes.replaceSubrange(place, with: Data(#" job_id :"\#(receipts[0].jobID)""#.utf8))
            try bytes.write(to: url)
        }
        return (try await SQLiteJobStore.open(configuration), receipts)
    }

    private func expect(_ state: JobState, _ store: SQLiteJobStore, _ receipts: [SubmitReceipt]) async throws {
        let page = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
        #expect(page.jobs.map(\.state) == [state, state, state])
        let ends = try await store.read { connection in
            try connection.query("SELECT job_id FROM events WHERE is_final = 1 ORDER BY seq") { try $0.text(0) }
        }
        #expect(ends == receipts.map(\.jobID.description))
        for (index, receipt) in receipts.enumerated() {
            let message = try await store.message(receipt.messageID, as: .operator)
            #expect(message?.content.hasPrefix("[IMAGE_PENDING]") == (index == 0))
        }
        #expect(try await store.inspect().damage.isEmpty)
    }

    @Test("Its job is cancelled with the others", arguments: Fault.allCases, [true, false])
    func cancelled(fault: Fault, atOnce: Bool) async throws {
        let (store, receipts) = try await scene(fault)
        if atOnce {
            let outcomes = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
            #expect(outcomes.values.allSatisfy { $0 == .cancelled } && outcomes.count == 3)
        } else {
            for receipt in receipts {
                #expect(try await store.cancel(receipt.jobID, mode: .now, as: .operator) == .cancelled)
            }
        }
        try await expect(.cancelled, store, receipts)
        await store.close()
    }

    @Test("Pruned, its job is one of which nothing tells how it ended, not complete", arguments: Fault.allCases)
    func pruned(fault: Fault) async throws {
        let (store, receipts) = try await scene(fault)
        _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        clock.advance(by: .seconds(2))
        while try await store.prune(olderThan: .seconds(1), limit: 100) {}
        var jobs: [Job] = []
        for receipt in receipts { jobs.append(try #require(try await store.job(receipt.jobID, as: .operator))) }
        #expect(jobs.map(\.isPruned) == [true, true, true])
        #expect(jobs.map(\.state) == [.failed, .cancelled, .cancelled])
        #expect(jobs[0].failure?.code == .unreadable)
        await store.close()
    }

    @Test("Its job's deadline ends it, and holds up nothing", arguments: Fault.allCases)
    func expired(fault: Fault) async throws {
        let (store, receipts) = try await scene(fault, deadline: .seconds(1))
        clock.advance(by: .seconds(2))
        #expect(try await store.sweep() == 3)
        try await expect(.failed, store, receipts)
        await store.close()
    }

    @Test("Its job is drawn, and then the next one", arguments: Fault.allCases)
    func drawn(fault: Fault) async throws {
        let (store, receipts) = try await scene(fault)
        let backend = BackendID(rawValue: "http://127.0.0.1:1")
        let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
        try await store.register(worker)
        #expect(try await store.holdBackend(backend, for: worker.id))
        let wish = ClaimRequest(worker: worker.id, backend: backend)
        var claimed = try await store.claim(wish)
        for receipt in receipts {
            let now = try #require(claimed)
            #expect(now.job.id == receipt.jobID)
            let settlement = try await store.settle(now.lease, as: .complete([]), beginning: nil, then: wish)
            #expect(settlement.state == .complete)
            claimed = settlement.next
        }
        try await expect(.complete, store, receipts)
        await store.close()
    }

    @Test("What its host has stored is counted for who looks whether all is well")
    func inspected() async throws {
        let (store, receipts) = try await scene(.json5)
        #expect(try await store.inspect().unreadableMessages == 1)
        let error = await #expect(throws: QueueError.self) {
            _ = try await store.updateMessage(receipts[0].messageID, content: "x", merging: [:], as: .operator)
        }
        #expect(error?.message.contains("malformed JSON") == true)
        #expect(error?.message.contains("another program") == true)
        await store.close()
    }

    @Test("A reply whose message its host has deleted is saved anew under its key")
    func deletedReply() async throws {
        let store = try await SQLiteJobStore.open(configuration)
        let reply = NewMessage(role: .assistant, content: "Merhaba")
        let first = try await store.append(reply, key: "k")
        try await store.write { _ = try $0.execute("DELETE FROM messages") }
        let second = try await store.append(reply, key: "k")
        #expect(second.id > first.id)
        #expect(try await store.append(reply, key: "k") == second)
        await store.close()
    }
}
