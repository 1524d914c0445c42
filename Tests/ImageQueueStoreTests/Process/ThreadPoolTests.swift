import Testing

@testable import ImageQueueStore

@Suite("A pool of threads", .timeLimit(.minutes(1)))
struct ThreadPoolTests {
    private final class Nothing: ThreadRequest {
        func run(on context: Void) throws {}
        func answer(_ failure: (any Error)?) {}
    }

    private func visit(_ desk: inout ThreadPool<Void>.Desk) -> ThreadPool<Void>.Visit {
        ThreadPool<Void>.Visit(ticket: desk.newTicket(), request: Nothing())
    }

    @Test("Who is cancelled in line is taken out of it and has to be answered, and nobody else")
    func cancelledInLine() {
        var desk = ThreadPool<Void>.Desk()
        let visits = (0..<3).map { _ in visit(&desk) }
        for visit in visits { _ = desk.admit(visit, threadLimit: 1) }
        #expect(desk.cancel(visits[1].ticket)?.ticket == visits[1].ticket)
        #expect(desk.cancel(visits[1].ticket) == nil)
        #expect(desk.next()?.ticket == visits[0].ticket)
        #expect(desk.next()?.ticket == visits[2].ticket)
        #expect(desk.next() == nil)
    }

    @Test("Who waits for its end is told where its only thread could not be started")
    func failedStart() async throws {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var desk = ThreadPool<Void>.Desk()
            let visit = visit(&desk)
            guard case .waitForNewThread = desk.admit(visit, threadLimit: 1) else {
                Issue.record("no thread is asked for")
                return continuation.resume()
            }
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
