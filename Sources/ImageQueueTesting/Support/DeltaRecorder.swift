import ImageQueueCore
import Synchronization

/// Gathers what an observation delivers, and lets a law wait for it.
final class DeltaRecorder: Sendable {
    private struct State {
        var deltas: [StoreDelta] = []
        var waiter: (isEnough: @Sendable ([StoreDelta]) -> Bool, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    var deltas: [StoreDelta] { state.withLock { $0.deltas } }
    var events: [JobEvent] { deltas.flatMap(\.events) }
    var progress: [JobEvent] { deltas.flatMap(\.progress) }

    func take(_ delta: StoreDelta) {
        let continuation = state.withLock { state in
            state.deltas.append(delta)
            guard let waiter = state.waiter, waiter.isEnough(state.deltas) else {
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiter = nil
            return waiter.continuation
        }
        continuation?.resume()
    }

    /// Waits until what was delivered is enough. How long a law may take is for the test that runs it to say.
    func wait(until isEnough: @escaping @Sendable ([StoreDelta]) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isDone = state.withLock { state in
                    if isEnough(state.deltas) || Task.isCancelled { return true }
                    state.waiter = (isEnough, continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter?.continuation
            }
            waiter?.resume()
        }
    }

    /// Waits until the log has been delivered up to a place.
    func wait(for cursor: EventCursor) async {
        await wait { $0.last.map { $0.cursor.sequence >= cursor.sequence } ?? false }
    }
}
