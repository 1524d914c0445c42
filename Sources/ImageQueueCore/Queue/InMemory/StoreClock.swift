#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a store reads times from: the wall clock for people, a monotonic one for leases.
public struct StoreClock: Sendable {
    /// The time of day, to the millisecond. It may be set back and forth.
    public var wall: @Sendable () -> Date
    /// The time since some fixed moment, sleep included. It only ever rises.
    public var monotonic: @Sendable () -> Duration

    /// A clock of two hands.
    public init(wall: @escaping @Sendable () -> Date, monotonic: @escaping @Sendable () -> Duration) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The machine's own clocks.
    public static let system: StoreClock = {
        let start = ContinuousClock.now
        return StoreClock(
            // Whole milliseconds, as every store keeps them: an instant must not change by being written down.
            wall: { Date(timeIntervalSince1970: (Date.now.timeIntervalSince1970 * 1000).rounded(.down) / 1000) },
            monotonic: { start.duration(to: .now) }
        )
    }()
}

/// Both hands of a ``StoreClock``, read once for a whole verb.
struct StoreMoment: Sendable {
    let wall: Date
    let monotonic: Duration

    init(_ clock: StoreClock) {
        wall = clock.wall()
        monotonic = clock.monotonic()
    }
}

extension Date {
    func advanced(by duration: Duration) -> Date { addingTimeInterval(duration / .seconds(1)) }

    func elapsed(since start: Date) -> Duration {
        .milliseconds(Int64((timeIntervalSince(start) * 1000).rounded()))
    }
}
