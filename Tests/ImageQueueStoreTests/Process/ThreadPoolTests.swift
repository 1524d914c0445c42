import Testing

@testable import ImageQueueStore

@Suite("A pool of threads", .timeLimit(.minutes(1)))
struct ThreadPoolTests {
    @Test("Who waits for its end is told where its only thread could not be started")
    func failedStart() async throws {
        final class Nothing: ThreadRequest {
            func run(on context: Void) throws {}
            func answer(_ failure: (any Error)?) {}
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var desk = ThreadPool<Void>.Desk()
            let visit = ThreadPool<Void>.Visit(ticket: desk.newTicket(), request: Nothing())
            guard case .waitForNewThread = desk.admit(visit, threadLimit: 1) else { return continuation.resume() }
            desk.isClosing = true
            desk.closers.append(continuation)
            let (visits, closers) = desk.threadFailed()
            #expect(visits.map(\.ticket) == [visit.ticket])
            #expect(closers.count == 1)
            for closer in closers { closer.resume() }
        }
    }

    @Test("A wait for ever is no overflow")
    func forEver() {
        let now = MonotonicTime.now
        #expect(now.advanced(by: .seconds(Int64.max)).nanoseconds > now.nanoseconds)
        #expect(now.advanced(by: .seconds(Int64.min)).nanoseconds < now.nanoseconds)
        #expect(now.advanced(by: .milliseconds(1_500)).nanoseconds == now.nanoseconds + 1_500_000_000)
    }
}
