import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("What is overdue is settled by a process that only watches", .timeLimit(.minutes(1)))
struct SweeperTests {
    @Test("A watcher alone is told that a job has expired")
    func expiry() async throws {
        try await withStore { store in
            let queue = ImageQueue(store: store)
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            submission.deadline = .milliseconds(300)
            let receipt = try await queue.submit(submission)
            var last: JobEvent?
            for try await event in try await queue.events(matching: JobFilter(jobs: [receipt.jobID])) { last = event }
            #expect(last?.failure == .expired)
            #expect(last?.isFinal == true)
        }
    }

    @Test("A watcher alone sees to a thousand jobs, a hundred at a time")
    func many() async throws {
        try await withStore { store in
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            submission.deadline = .milliseconds(1)
            _ = try await store.submit(Array(repeating: submission, count: 1_000))
            let ended = Monitor(0)
            let observation = try await store.observe { delta in
                ended.withLock { $0 += delta.events.filter(\.isFinal).count }
            }
            defer { observation.cancel() }
            let began = ContinuousClock.now
            while ended.withLock({ $0 }) < 1_000 { try await Task.sleep(for: .milliseconds(2)) }
            print("a thousand deadlines: \(began.duration(to: .now))")
        }
    }

    @Test("A look where nothing is overdue writes nothing")
    func idle() async throws {
        try await withStore { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            try await store.register(WorkerRegistration(host: "here", processID: 1, backends: [backend]))
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            submission.deadline = .seconds(1_000)
            submission.delay = .seconds(500)
            _ = try await store.submit([submission, Submission(request: TextToImageRequest(prompt: "kedi"))])
            let database = store.database
            let sweeper = Sweeper(database: database, rules: store.rules, logger: store.logger)
            let needsSweep = try await store.read { connection in
                try sweeper.look(connection)
                return try connection.needsSweep(rules: store.rules)
            }
            #expect(!needsSweep)
            #expect(database.waitingWrites == 0)
        }
    }
}
