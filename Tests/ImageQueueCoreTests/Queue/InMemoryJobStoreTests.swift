import ImageQueueCore
import ImageQueueTesting
import Testing

@Suite("The in-memory store", .timeLimit(.minutes(1)))
struct InMemoryJobStoreTests {
    @Test("obeys every law of stores", arguments: StoreLaw.all)
    func obeys(law: StoreLaw) async throws {
        try await law.run(.inMemory(law.settings))
    }

    @Test("Laws have names of their own")
    func names() {
        #expect(Set(StoreLaw.all.map(\.name)).count == StoreLaw.all.count)
        #expect(StoreLaw.all.count >= 100)
    }

    @Test("A worker with a renewal interval lives as long as it is registered")
    func renewsByItself() async throws {
        let sut = StoreUnderTest.inMemory()
        let backend = BackendID(rawValue: "http://127.0.0.1:7860")
        let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
        try await sut.store.register(worker)
        sut.clock.advance(by: .seconds(3_600))
        #expect(try await sut.store.workers().map(\.isAlive) == [true])
    }
}
