internal import ImageQueueConcurrency
public import ImageQueueCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A store's time that stands still until it is moved.
public final class TestClock: Sendable {
    private struct Hands {
        /// Milliseconds since 1970: whole, as stores keep them.
        var wall: Int64 = 1_795_521_600_000
        var monotonic: Duration = .seconds(1_000)
    }

    private let hands = Lock(Hands())

    /// A clock at noon of 24 November 2026, UTC.
    public init() {}

    /// The time of day.
    public var wall: Date { Date(timeIntervalSince1970: Double(wallMilliseconds) / 1000) }

    /// The time of day in milliseconds since 1970.
    public var wallMilliseconds: Int64 { hands.withLock { $0.wall } }

    /// The time since some fixed moment.
    public var monotonic: Duration { hands.withLock { $0.monotonic } }

    /// Lets time pass, on both hands; whole milliseconds.
    public func advance(by duration: Duration) {
        hands.withLock { hands in
            hands.wall += Self.milliseconds(duration)
            hands.monotonic += duration
        }
    }

    /// Sets the time of day forward, or back, as an administrator does; no time passes.
    public func stepWall(by duration: Duration) {
        hands.withLock { $0.wall += Self.milliseconds(duration) }
    }

    /// As a store reads it.
    public var storeClock: StoreClock { StoreClock(wall: { self.wall }, monotonic: { self.monotonic }) }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let parts = duration.components
        return parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
