import ImageQueueConcurrency

/// Passes things from one task to another, a bounded number of them on the way.
///
/// Cancellation wakes neither side: what was handed over is seen to in any case, and the giver says when it was the last.
final class HandOver<Item: Sendable>: Sendable {
    private typealias Giver = CheckedContinuation<Void, Never>
    private typealias Taker = CheckedContinuation<Item?, Never>

    private struct State {
        var items: [Item] = []
        var isFinished = false
        var taker: Taker?
        var giver: Giver?

        /// - Returns: who was waiting for the item, and whether `giver` must wait.
        mutating func give(_ item: Item, by giver: Giver, capacity: Int) -> (taker: Taker?, mustWait: Bool) {
            if let waiting = taker {
                taker = nil
                return (waiting, false)
            }
            items.append(item)
            guard items.count > capacity else { return (nil, false) }
            self.giver = giver
            return (nil, true)
        }

        /// - Returns: what `taker` gets now, unless he must wait, and who may go on giving.
        mutating func take(by taker: Taker) -> (item: Item?, giver: Giver?, mustWait: Bool) {
            guard items.isEmpty else {
                defer { giver = nil }
                return (items.removeFirst(), giver, false)
            }
            if !isFinished { self.taker = taker }
            return (nil, nil, !isFinished)
        }
    }

    private let capacity: Int
    private let state = Lock(State())

    /// - Parameter capacity: how many things may lie between the two before the giver has to wait.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Hands a thing over; waits while too many lie there. One giver at a time.
    func give(_ item: Item) async {
        await withCheckedContinuation { (giver: Giver) in
            let (taker, mustWait) = state.withLock { $0.give(item, by: giver, capacity: capacity) }
            taker?.resume(returning: item)
            if !mustWait { giver.resume() }
        }
    }

    /// The next thing, as soon as there is one; `nil` after the last. One taker at a time.
    func take() async -> Item? {
        await withCheckedContinuation { (taker: Taker) in
            let (item, giver, mustWait) = state.withLock { $0.take(by: taker) }
            giver?.resume()
            if !mustWait { taker.resume(returning: item) }
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
