internal import ImageQueueCore

/// A clock whose instants are the time since it was made, so that decisions are values.
struct Timekeeper: Sendable {
    private let read: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void

    init(_ clock: any Clock<Duration>) {
        self.init(opening: clock)
    }

    private init<C: Clock<Duration>>(opening clock: C) {
        let start = clock.now
        read = { start.duration(to: clock.now) }
        wait = { try await clock.sleepInSteps(until: start.advanced(by: $0)) }
    }

    var now: Duration { read() }

    /// - Throws: `CancellationError`.
    func sleep(until instant: Duration) async throws { try await wait(instant) }

    /// - Throws: `CancellationError`.
    func sleep(for duration: Duration) async throws { try await wait(now + duration) }
}
