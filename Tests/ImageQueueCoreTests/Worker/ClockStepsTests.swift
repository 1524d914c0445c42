import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("A long sleep in steps", .timeLimit(.minutes(1)))
struct ClockStepsTests {
    /// Time passes by sleeping; tells how long each sleep was.
    private final class SleepingClock: Clock {
        private let slept = Lock([Duration]())

        var sleeps: [Duration] { slept.withLock { $0 } }
        var now: ManualClock.Instant { ManualClock().now.advanced(by: sleeps.reduce(.zero, +)) }
        var minimumResolution: Duration { .zero }

        func sleep(until deadline: ManualClock.Instant, tolerance: Duration?) async throws {
            try Task.checkCancellation()
            let length = now.duration(to: deadline)
            slept.withLock { $0.append(max(.zero, length)) }
        }
    }

    @Test(
        "Leaves no long timer behind when it is cancelled, and ends when it is to",
        arguments: [(12, [5, 5, 2]), (10, [5, 5]), (3, [3]), (0, [0]), (-1, [0])]
    )
    func steps(seconds: Int, steps: [Int]) async throws {
        let clock = SleepingClock()
        try await clock.sleepInSteps(for: .seconds(seconds))
        #expect(clock.sleeps == steps.map { .seconds($0) })
    }

    @Test("What waits for a signal up to a limit sleeps in steps, and so long")
    func signal() async {
        let clock = SleepingClock()
        let signal = Signal()
        await signal.wait(past: signal.count, upTo: .seconds(60), clock: clock)
        #expect(clock.sleeps == Array(repeating: .seconds(5), count: 12))
    }

    @Test("What waits for a moment sleeps in steps until then")
    func alarm() async {
        let clock = SleepingClock()
        #expect(await Alarm(.seconds(12), after: clock.measureStart(), on: clock).wait())
        #expect(clock.sleeps == [.seconds(5), .seconds(5), .seconds(2)])
    }

    @Test("A call's limit is waited for in steps, and is as long")
    func callLimit() async throws {
        let clock = SleepingClock()
        let (returning, unblock) = AsyncStream<Void>.makeStream()
        var configuration = SafeCallback.Configuration()
        configuration.limit = .seconds(12)
        let callback = SafeCallback(name: "slow", configuration: configuration, clock: clock) { _ in
            for await _ in returning {}
        }
        let queue = ImageQueue(store: InMemoryJobStore())
        let registration = try await queue.onEvents(call: callback)
        _ = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi")))
        while callback.statistics.timedOut == 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(clock.sleeps.prefix(3) == [.seconds(5), .seconds(5), .seconds(2)])
        unblock.finish()
        registration.cancel()
    }

    @Test("A cancel ends it")
    func cancel() async {
        let clock = ManualClock()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.sleepInSteps(for: .seconds(60)) }
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(5))
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }
}
