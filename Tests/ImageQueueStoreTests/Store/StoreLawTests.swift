import ImageQueueTesting
import Testing

@Suite("The laws of job stores, on SQLite", .timeLimit(.minutes(1)))
struct StoreLawTests {
    @Test(arguments: StoreLaw.all)
    func obeys(law: StoreLaw) async throws {
        try await law.runOnSQLite()
    }
}
