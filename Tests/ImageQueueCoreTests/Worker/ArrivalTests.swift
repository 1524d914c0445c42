import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("A picture that was drawn and does not arrive", .timeLimit(.minutes(1)))
struct ArrivalTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    private let late = FakeImageGenerator.Step(arrivesLate: true)

    /// Waits until so many pictures were drawn, of which the last are on their way.
    private func untilDrawn(_ count: Int = 1) async throws {
        await generator.draws(atLeast: count)
        try await until { !generator.isDrawing }
    }

    @Test("A stop gives its job back 25 seconds later, and that of one behind it, no try spent")
    func stop() async throws {
        generator.enqueue(late, late)
        let jobs = [try await submit("one"), try await submit("two")]
        let worker = worker()
        let end = Signal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await worker.run()
                end.raise()
            }
            try await untilDrawn()
            worker.stop()
            let told = clock.now
            try await letTimePass { end.count > 0 }
            #expect(told.duration(to: clock.now) >= .seconds(25))
            try await group.waitForAll()
        }
        for job in jobs { #expect(try await status(job).state == .queued) }
        let other = try await store.register(holding: generator.backend)
        let claimed = try await store.claim(ClaimRequest(worker: other, backend: generator.backend))
        #expect(claimed?.failures == 0)
    }

    @Test("A stop waits for one that arrives within that time")
    func stopWithin() async throws {
        generator.enqueue(late)
        let job = try await submit()
        try await running { worker in
            try await untilDrawn()
            worker.stop()
            clock.advance(by: .seconds(20))
            generator.deliver()
            #expect(try await end(of: job).state == .complete)
        }
    }

    @Test("A cancel ends its job five seconds later, and the next job is settled")
    func cancel() async throws {
        generator.enqueue(late)
        let job = try await submit("one")
        try await running { _ in
            try await untilDrawn()
            #expect(try await queue.cancel(job) == .requested(stillDrawing: false))
            let told = clock.now
            try await letTimePass { try await status(job).state.isFinal }
            #expect(told.duration(to: clock.now) >= .seconds(5))
            #expect(try await status(job).state == .cancelled)
            let next = try await submit("two")
            #expect(try await end(of: next).state == .complete)
        }
    }

    @Test("A job whose picture arrives within that time completes, cancelled or not; a cancel after it waits on")
    func cancelWithin() async throws {
        for (mode, time) in [(CancelMode.now, Duration.seconds(4)), (.afterPicture, .seconds(600))] {
            let drawn = generator.drawn.count
            generator.enqueue(late)
            let job = try await submit()
            try await running { _ in
                try await untilDrawn(drawn + 1)
                #expect(try await queue.cancel(job, mode: mode) == .requested(stillDrawing: false))
                for _ in 0..<Int(time / .milliseconds(500)) {
                    clock.advance(by: .milliseconds(500))
                    for _ in 0..<10 { await Task.yield() }
                }
                generator.deliver()
                #expect(try await end(of: job).state == .complete)
            }
        }
    }

    @Test("A lost lease ends the wait, and the job is drawn again")
    func lost() async throws {
        generator.enqueue(late, .picture)
        let job = try await submit()
        try await running { worker in
            try await untilDrawn()
            store.simulateDeath(of: worker.id)
            try await store.sweep()
            try await letTimePass { try await status(job).state == .complete }
            #expect(try await status(job).attempt == 2)
        }
    }
}
