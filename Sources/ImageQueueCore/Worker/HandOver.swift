internal import ImageQueueConcurrency

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

        /// - Returns: who was waiting for the item.
        mutating func give(_ item: Item) -> Taker? {
            guard let waiting = taker else {
                items.append(item)
                return nil
            }
            taker = nil
            return waiting
        }

        /// - Returns: whether `giver` must wait until something is taken.
        mutating func waitForRoom(_ giver: Giver, capacity: Int) -> Bool {
            guard items.count >= capacity else { return false }
            self.giver = giver
            return true
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

    /// - Parameter capacity: how many things may lie between the two; who wants to give another has to wait.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Hands a thing over; waits while there is no room. One giver at a time.
    func give(_ item: Item) async {
        await waitForRoom()
        state.withLock { $0.give(item) }?.resume(returning: item)
    }

    /// Waits until the giver can give without waiting.
    func waitForRoom() async {
        await withCheckedContinuation { (giver: Giver) in
            let mustWait = state.withLock { $0.waitForRoom(giver, capacity: capacity) }
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
