internal import ImageQueueConcurrency

/// Something may have changed: tasks wait for it, anybody raises it. A raise between two waits is not lost.
package final class Signal: Sendable {
    /// How often it had been raised.
    package typealias Count = UInt64

    private let state = Lock(State())

    package init() {}

    private struct State {
        var count: Count = 0
        var nextKey: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    /// How often it has been raised until now: hand it to ``wait(past:)`` later.
    package var count: Count { state.withLock { $0.count } }

    /// Wakes all who wait.
    package func raise() {
        let waiters = state.withLock { state in
            state.count &+= 1
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once it was raised more often than `seen`, or the task is cancelled.
    package func wait(past seen: Count) async {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard state.count == seen, !Task.isCancelled else { return false }
                    state.waiters[key] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: key) }?.resume()
        }
    }

    /// Returns once it was raised more often than `seen`, the time is over, or the task is cancelled.
    package func wait(past seen: Count, upTo limit: Duration, clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(past: seen) }
            group.addTask { try? await clock.sleepInSteps(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
