import ImageQueueTesting
import Testing

@Suite("The manual clock", .timeLimit(.minutes(1)))
struct ManualClockTests {
    @Test("wakes who has slept long enough, and nobody else")
    func wakes() async throws {
        let clock = ManualClock()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for seconds in [1, 2, 3] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    return seconds
                }
            }
            await clock.sleepers(atLeast: 3)
            clock.advance(by: .milliseconds(999))
            #expect(clock.sleeperCount == 3)
            clock.advance(by: .milliseconds(1))
            let first = try await group.next()
            #expect(first == 1)
            #expect(clock.sleeperCount == 2)
            clock.advance(by: .seconds(10))
            var rest: Set<Int> = []
            for try await seconds in group { rest.insert(seconds) }
            #expect(rest == [2, 3])
        }
        #expect(clock.now.offset == .seconds(11))
    }

    @Test("lets a cancelled sleeper go")
    func cancellation() async {
        let clock = ManualClock()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await clock.sleep(for: .seconds(1))
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
            #expect(await group.next() == true)
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test("does not hold up who sleeps for no time")
    func past() async throws {
        let clock = ManualClock()
        try await clock.sleep(for: .zero)
        try await clock.sleep(until: clock.now.advanced(by: .seconds(-1)), tolerance: nil)
    }
}
