import ImageQueueConcurrency

/// A clock that stands still until a test moves it.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var nextID = 0
        var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
        var watchers: [CheckedContinuation<Void, Never>] = []
        var wakes = 0
    }

    private let state = Lock(State())

    var now: Instant { state.withLock(\.now) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (result, watchers) = state.withLock {
                    state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                    if state.cancelled.remove(id) != nil { return (.failure(CancellationError()), []) }
                    if deadline <= state.now { return (.success(()), []) }
                    state.sleepers[id] = (deadline, continuation)
                    defer { state.watchers = [] }
                    return (nil, state.watchers)
                }
                if let result { continuation.resume(with: result) }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let woken = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in woken.keys { state.sleepers[id] = nil }
            return woken.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Whether somebody sleeps for no longer than `limit`.
    func isSleptOn(within limit: Duration) -> Bool {
        state.withLock { state in state.sleepers.values.contains { state.now.duration(to: $0.deadline) <= limit } }
    }

    /// Waits until somebody sleeps for no longer than `limit`, and moves on to the end of the shortest such sleep. A
    /// test whose time is over ends here, and ``wakeWatchers()`` ends it too.
    func step(within limit: Duration) async throws {
        let wakes = state.withLock(\.wakes)
        while state.withLock(\.wakes) == wakes {
            try Task.checkCancellation()
            let next = state.withLock { state in
                state.sleepers.values.map(\.deadline).min().map { state.now.duration(to: $0) }
            }
            if let next, next <= limit {
                advance(by: next)
                return
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isLate = state.withLock { state in
                        if Task.isCancelled { return true }
                        let hasShort = state.sleepers.values.contains { state.now.duration(to: $0.deadline) <= limit }
                        if !hasShort { state.watchers.append(continuation) }
                        return hasShort
                    }
                    if isLate { continuation.resume() }
                }
            } onCancel: {
                wakeWatchers()
            }
        }
    }

    /// Ends a `step` that waits, so that it looks again.
    func wakeWatchers() {
        let watchers = state.withLock { state in
            state.wakes += 1
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.resume() }
    }
}
