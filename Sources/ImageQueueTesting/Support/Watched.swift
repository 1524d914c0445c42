internal import ImageQueueConcurrency

/// A value under a lock that tasks can wait on.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let isEnough: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var value: Value
        var nextKey = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let state: Lock<State>

    init(_ value: Value) {
        state = Lock(State(value: value))
    }

    var value: Value { state.withLock { $0.value } }

    /// Changes the value and wakes whoever has waited for that.
    @discardableResult
    func change<Answer: Sendable>(_ body: (inout Value) -> Answer) -> Answer {
        let (answer, woken) = state.withLock { state in
            let answer = body(&state.value)
            let woken = state.waiters.filter { $0.value.isEnough(state.value) }
            for key in woken.keys { state.waiters[key] = nil }
            return (answer, Array(woken.values))
        }
        for waiter in woken { waiter.continuation.resume() }
        return answer
    }

    /// Returns once the value is enough, or the task is cancelled.
    func wait(until isEnough: @escaping @Sendable (Value) -> Bool) async {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard !isEnough(state.value), !Task.isCancelled else { return false }
                    state.waiters[key] = Waiter(isEnough: isEnough, continuation: continuation)
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: key) }?.continuation.resume()
        }
    }
}
