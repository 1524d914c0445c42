import Testing

@testable import ImageQueueStore

@Suite("A map on all cores", .timeLimit(.minutes(1)))
struct ConcurrentMapTests {
    @Test("gives what one after another gives, in order", arguments: [0, 1, 128, 129, 1_000, 1_024])
    func order(count: Int) async throws {
        let numbers = Array(0..<count)
        #expect(try await numbers.concurrentMap { $0 * 2 } == numbers.map { $0 * 2 })
    }

    @Test("throws what one of them throws", arguments: [0, 500, 999])
    func failure(at place: Int) async {
        await #expect(throws: Odd(place: place)) {
            try await Array(0..<1_000).concurrentMap { if $0 == place { throw Odd(place: $0) } }
        }
    }

    private struct Odd: Error, Equatable { let place: Int }
}
