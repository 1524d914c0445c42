import Synchronization

/// Passes things from one task to another, a bounded number of them on the way.
///
/// Cancellation wakes neither side: what was handed over is seen to in any case, and the giver says when it was the last.
final class HandOver<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isFinished = false
        var taker: CheckedContinuation<Item?, Never>?
        var giver: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many things may lie between the two before the giver has to wait.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Hands a thing over; waits while too many lie there. One giver at a time.
    func give(_ item: Item) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let (taker, mustWait) = state.withLock { state in
                if let taker = state.taker {
                    state.taker = nil
                    return (taker, false)
                }
                state.items.append(item)
                guard state.items.count > capacity else { return (nil, false) }
                state.giver = continuation
                return (CheckedContinuation<Item?, Never>?.none, true)
            }
            taker?.resume(returning: item)
            if !mustWait { continuation.resume() }
        }
    }

    /// The next thing, as soon as there is one; `nil` after the last. One taker at a time.
    func take() async -> Item? {
        await withCheckedContinuation { continuation in
            let (item, giver, mustWait) = state.withLock { state in
                guard state.items.isEmpty else {
                    defer { state.giver = nil }
                    return (Item?.some(state.items.removeFirst()), state.giver, false)
                }
                guard !state.isFinished else { return (nil, nil, false) }
                state.taker = continuation
                return (nil, CheckedContinuation<Void, Never>?.none, true)
            }
            giver?.resume()
            if !mustWait { continuation.resume(returning: item) }
        }
    }

    /// Nothing more will come.
    func finish() {
        let taker = state.withLock { state in
            state.isFinished = true
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume(returning: nil)
    }
}
