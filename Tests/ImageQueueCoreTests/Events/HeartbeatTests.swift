import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("Heartbeats", .timeLimit(.minutes(1)))
struct HeartbeatTests {
    private typealias Beat = HeartbeatingJobEvents.Element

    private struct Surprise: Error {
        let beat: Beat?
    }

    private func submission() -> Submission { Submission(request: TextToImageRequest(prompt: "kedi")) }

    /// Reads the next element while `body` runs.
    private func next(
        of beats: HeartbeatingJobEvents.AsyncIterator,
        while body: () async throws -> Void
    ) async throws -> (Beat?, HeartbeatingJobEvents.AsyncIterator) {
        try await withThrowingTaskGroup(of: (Beat?, HeartbeatingJobEvents.AsyncIterator).self) { group in
            group.addTask {
                var reader = beats
                return (try await reader.next(), reader)
            }
            try await body()
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    @Test("come only after the interval without an event, with the last delivered event's place")
    func quiet() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let events = try await queue.events(matching: JobFilter())
        let start = events.session.watcher.cursor
        var reader = events.withHeartbeats(every: .seconds(10), clock: clock).makeAsyncIterator()
        var beat: Beat?
        (beat, reader) = try await next(of: reader) {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(5))
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(4))
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .seconds(1))
        }
        #expect(beat == .heartbeat(start))
        // An event nine seconds later puts the next heartbeat off.
        (beat, reader) = try await next(of: reader) {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(9))
            _ = try await queue.submit(submission())
        }
        guard case .event(let event) = beat else { throw Surprise(beat: beat) }
        #expect(event.kind == .queued)
        (beat, reader) = try await next(of: reader) {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(5))
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(4))
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .seconds(1))
        }
        #expect(beat == .heartbeat(event.cursor))
    }

    @Test("carry a place that is not pruned, however long nothing has concerned the watcher")
    func place() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let mine = JobFilter(owner: Owner(rawValue: "mine"))
        var reader = try await queue.events(matching: mine).withHeartbeats(every: .seconds(10), clock: clock)
            .makeAsyncIterator()
        _ = try await queue.cancel(try await queue.submit(submission()).jobID)
        var beat: Beat?
        (beat, reader) = try await next(of: reader) {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(10))
        }
        guard case .heartbeat(let place) = beat else { throw Surprise(beat: beat) }
        _ = try await queue.store.prune(olderThan: .zero, limit: 100)
        var again = try await queue.events(matching: mine, after: place).makeAsyncIterator()
        var own = submission()
        own.owner = Owner(rawValue: "mine")
        _ = try await queue.submit(own)
        #expect(try await again.next()?.kind == .queued)
        _ = reader
    }

    @Test("drop and hold up no event, however late the reader is")
    func eventsFirst() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let events = try await queue.events(matching: JobFilter())
        var reader = events.withHeartbeats(every: .seconds(1), clock: clock).makeAsyncIterator()
        let receipts = try await queue.submit([submission(), submission(), submission()])
        clock.advance(by: .seconds(60))
        for receipt in receipts {
            let beat = try await reader.next()
            guard case .event(let event)? = beat else { throw Surprise(beat: beat) }
            #expect(event.jobID == receipt.jobID)
            clock.advance(by: .seconds(60))
        }
        let beat = try await reader.next()
        guard case .heartbeat? = beat else { throw Surprise(beat: beat) }
        let (last, _) = try await next(of: reader) { _ = try await queue.submit(submission()) }
        guard case .event? = last else { throw Surprise(beat: last) }
    }

    @Test("end with the jobs that are watched")
    func end() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        let receipt = try await queue.submit(submission())
        _ = try await queue.cancel(receipt.jobID)
        var finals = 0
        let events = try await queue.events(matching: JobFilter(jobs: [receipt.jobID]))
        for try await beat in events.withHeartbeats(every: .seconds(3600)) {
            if case .event(let event) = beat, event.isFinal { finals += 1 }
        }
        #expect(finals == 1)
    }

    @Test("end when the task is cancelled, and leave nobody asleep")
    func cancelled() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let events = try await queue.events(matching: JobFilter())
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var count = 0
                for try await _ in events.withHeartbeats(every: .seconds(1), clock: clock) { count += 1 }
                return count
            }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
            return try await group.next()
        }
        #expect(count == 0)
        #expect(clock.sleeperCount == 0)
    }
}
