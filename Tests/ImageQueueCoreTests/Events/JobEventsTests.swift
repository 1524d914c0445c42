import Foundation
import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("Watching the queue", .timeLimit(.minutes(1)))
struct JobEventsTests {
    private func submission(_ prompt: String = "kedi") -> Submission {
        Submission(request: TextToImageRequest(prompt: prompt))
    }

    /// So many events, or fewer if the sequence ends.
    private func take(_ count: Int, of events: JobEvents) async throws -> [JobEvent] {
        var taken: [JobEvent] = []
        for try await event in events {
            taken.append(event)
            if taken.count == count { break }
        }
        return taken
    }

    @Test("More jobs than a page come page by page, each once, and the log goes on behind them")
    func pages() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        let receipts = try await queue.submit((0..<600).map { submission("\($0)") })
        let events = try await queue.events(matching: JobFilter())
        let late = try await queue.submit(submission())
        for receipt in receipts.prefix(300) { _ = try await queue.cancel(receipt.jobID) }
        var first: [JobID: JobEvent.Kind] = [:]
        var finals: Set<JobID> = []
        var queued = 0
        for event in try await take(600 - 300 + 1 + 300, of: events) {
            let job = try #require(event.jobID)
            if first.updateValue(event.kind, forKey: job) == nil, event.kind == .queued { queued += 1 }
            if event.isFinal { #expect(finals.insert(job).inserted) }
        }
        // The first page stood before the cancels; who was cancelled before its page was read is told by its end alone.
        #expect(first.count == 601)
        #expect(finals == Set(receipts.prefix(300).map(\.jobID)))
        #expect(first[late.jobID] == .queued)
        #expect(queued >= 256)
    }

    @Test("A second task that reads the same watch is refused, and the first reads on")
    func secondReader() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        let events = try await queue.events(matching: JobFilter())
        try await withThrowingTaskGroup(of: JobEvent?.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var reader = events.makeAsyncIterator()
                    return try await reader.next()
                }
            }
            // Whichever comes second has to wait, for nothing has happened.
            let error = try await #require(throws: QueueError.self) { _ = try await group.next() }
            #expect(error.code == .invalidRequest)
            let receipt = try await queue.submit(submission())
            #expect(try await group.next()??.jobID == receipt.jobID)
        }
    }

    @Test("A move within a quarter of a second is told when it is over, though nothing else happens")
    func laterLook() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore(), clock: clock)
        let receipts = try await queue.submit((0..<4).map { submission("\($0)") })
        let last = receipts[3].jobID
        let events = try await queue.events(matching: JobFilter(jobs: [last]))
        var reader = events.makeAsyncIterator()
        #expect(try await reader.next()?.position == 4)
        _ = try await queue.cancel(receipts[0].jobID)
        let first = try await reader.next()
        #expect(first?.position == 3)
        #expect(first?.kind == .progress)
        _ = try await queue.cancel(receipts[1].jobID)
        try await withThrowingTaskGroup(of: JobEvent?.self) { group in
            group.addTask {
                var reader = events.makeAsyncIterator()
                return try await reader.next()
            }
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .milliseconds(249))
            _ = try await queue.cancel(receipts[2].jobID)
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .milliseconds(1))
            let told = try await group.next() ?? nil
            // Both moves in one round, a quarter of a second after the last one.
            #expect(told?.position == 1)
        }
    }

    @Test("A watch from behind a job's end, or of a job that was pruned, ends")
    func ends() async throws {
        let sut = StoreUnderTest.inMemory()
        let queue = ImageQueue(store: sut.store)
        let receipt = try await queue.submit(submission())
        _ = try await queue.cancel(receipt.jobID)
        let here = try await queue.cursor(atSequence: 2)
        let filter = JobFilter(jobs: [receipt.jobID])
        #expect(try await take(9, of: queue.events(matching: filter, after: here)).isEmpty)
        let replay = try await queue.events(matching: filter, after: queue.cursor(atSequence: 0))
        #expect(try await take(9, of: replay).map(\.kind) == [.queued, .error])
        sut.clock.advance(by: .seconds(100))
        while try await sut.store.prune(olderThan: .seconds(50), limit: 10) {}
        #expect(try await take(9, of: queue.events(matching: filter)).map(\.kind) == [.error])
        let pruned = try await queue.events(matching: filter, after: queue.cursor(atSequence: 1))
        let told = try await take(9, of: pruned)
        #expect(told.map(\.kind) == [.reset, .error])
        #expect(told.last?.failure?.code == .cancelled)
        await #expect(throws: QueueError.self) {
            try await queue.events(matching: filter, as: .owner(.init(rawValue: "b")))
        }
    }

    @Test("A number is a place in the present log, and a negative one is refused")
    func sequences() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        for _ in 0..<3 { _ = try await queue.submit(submission()) }
        let place = try await queue.cursor(atSequence: 1)
        let events = try await take(2, of: queue.events(matching: JobFilter(), after: place))
        #expect(events.map(\.cursor.sequence) == [2, 3])
        #expect(events.allSatisfy { $0.cursor.log == place.log })
        let future = try await queue.events(matching: JobFilter(), after: queue.cursor(atSequence: 4))
        #expect(try await take(4, of: future).map(\.kind) == [.reset, .queued, .queued, .queued])
        let error = await #expect(throws: QueueError.self) { try await queue.cursor(atSequence: -1) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("A callback that fails at a job's end is told to the others as about no job, and not to itself")
    func failingCallback() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        struct Refusal: Error {}
        let own = Lock<[JobEvent]>([])
        let callback = SafeCallback(name: "hook") { event in
            own.withLock { $0.append(event) }
            if event.isFinal { throw Refusal() }
        }
        let registration = try await queue.onEvents(call: callback)
        let events = try await queue.events(matching: JobFilter())
        let first = try await queue.submit(submission())
        let second = try await queue.submit(submission())
        for receipt in [first, second] { _ = try await queue.cancel(receipt.jobID) }
        var seen: [JobEvent] = []
        for try await event in events {
            seen.append(event)
            if event.failure?.code == .callbackFailed {
                while callback.statistics.failed < 2 {
                    try await Task.sleep(for: .milliseconds(1))
                }
                _ = try await queue.submit(submission())
            }
            if seen.count == 6 { break }
        }
        let notices = seen.filter { $0.failure?.code == .callbackFailed }
        #expect(notices.count == 1)
        #expect(notices.allSatisfy { $0.jobID == nil && !$0.isFinal && $0.kind == .error })
        for receipt in [first, second] {
            let about = seen.filter { $0.jobID == receipt.jobID }
            #expect(about.map(\.isFinal) == [false, true])
        }
        #expect(own.withLock { $0.allSatisfy { $0.failure?.code != .callbackFailed } })
        registration.cancel()
    }
}
