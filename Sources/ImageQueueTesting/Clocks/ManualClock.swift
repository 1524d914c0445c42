internal import ImageQueueConcurrency

/// A `Clock` that stands still until it is advanced: for workers and whatever else waits by an injected clock.
///
/// Whoever sleeps is woken by ``advance(by:)`` once its deadline is reached, earlier deadlines first.
/// ``sleepers(atLeast:)`` tells when the code under test has come to rest.
public final class ManualClock: Clock {
    /// A moment of a ``ManualClock``.
    public struct Instant: InstantProtocol {
        /// The time since the clock was made.
        public let offset: Duration

        /// This moment, moved.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        /// The time from this moment to another.
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        /// Orders by time.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var nextKey = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Int: Watcher] = [:]

        mutating func makeKey() -> Int {
            nextKey += 1
            return nextKey
        }

        mutating func takeSatisfiedWatchers() -> [Watcher] {
            let satisfied = watchers.filter { $0.value.count <= sleepers.count }
            for key in satisfied.keys { watchers[key] = nil }
            return Array(satisfied.values)
        }
    }

    private let state = Lock(State())

    /// A clock at its beginning.
    public init() {}

    /// The moment that the clock shows.
    public var now: Instant { state.withLock { $0.now } }

    /// Time is exact here.
    public var minimumResolution: Duration { .zero }

    /// How many tasks sleep.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Lets time pass and wakes whoever has slept long enough.
    public func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for key in due.keys { state.sleepers[key] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Returns once at least so many tasks sleep, or the task is cancelled.
    public func sleepers(atLeast count: Int) async {
        let key = state.withLock { $0.makeKey() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard state.sleepers.count < count, !Task.isCancelled else { return false }
                    state.watchers[key] = Watcher(count: count, continuation: continuation)
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: key) }?.continuation.resume()
        }
    }

    /// Sleeps until the clock is advanced past the deadline.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let key = state.withLock { $0.makeKey() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                enum Start {
                    case sleep([Watcher])
                    case wake
                    case refuse
                }
                let start: Start = state.withLock { state in
                    if Task.isCancelled { return .refuse }
                    guard deadline > state.now else { return .wake }
                    state.sleepers[key] = Sleeper(deadline: deadline, continuation: continuation)
                    return .sleep(state.takeSatisfiedWatchers())
                }
                switch start {
                case .sleep(let watchers): for watcher in watchers { watcher.continuation.resume() }
                case .wake: continuation.resume()
                case .refuse: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: key) }?.continuation.resume(throwing: CancellationError())
        }
    }
}
