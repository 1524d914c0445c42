import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("The index for limits of owners", .timeLimit(.minutes(1)))
struct OwnerLimitIndexTests {
    @Test("is made with the first worker that has a limit, and stays")
    func isMade() async throws {
        try await withStore { store in
            func isThere() async throws -> Bool {
                try await store.read {
                    try $0.first("SELECT 1 FROM sqlite_schema WHERE name = 'jobs_waiting'") { _ in true } ?? false
                }
            }
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            var worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await !isThere())
            worker.maximumPerOwner = 2
            try await store.register(worker)
            #expect(try await isThere())
            try await store.unregister(worker.id)
            #expect(try await isThere())
        }
    }
}
