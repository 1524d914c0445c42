internal import ImageQueueConcurrency

/// Hands what was committed to observers: in the order of the commits, and outside the store's lock.
///
/// A delta is put in under that lock, which fixes the order. Whoever committed then carries the outbox out; who finds
/// another thread at it leaves the work to that one.
final class DeltaOutbox: Sendable {
    typealias Handler = @Sendable (StoreDelta) -> Void

    private let state = Lock(State())

    private struct State {
        var observers: [Observation] = []
        var waiting: [(delta: StoreDelta, observers: [Observation])] = []
        var isBeingCarriedOut = false
    }

    var hasObservers: Bool { state.withLock { !$0.observers.isEmpty } }

    func add(from start: EventCursor, _ handler: @escaping Handler) -> Observation {
        let observation = Observation(start: start, handler: handler) { [weak self] in self?.remove($0) }
        state.withLock { $0.observers.append(observation) }
        return observation
    }

    private func remove(_ observation: Observation) {
        state.withLock { $0.observers.removeAll { $0 === observation } }
    }

    /// For those who observe now.
    func put(_ delta: StoreDelta) {
        state.withLock { $0.waiting.append((delta, $0.observers)) }
    }

    func carryOut() {
        while true {
            let batch = state.withLock { state in
                guard !state.isBeingCarriedOut, !state.waiting.isEmpty else {
                    return [(delta: StoreDelta, observers: [Observation])]()
                }
                state.isBeingCarriedOut = true
                defer { state.waiting.removeAll() }
                return state.waiting
            }
            if batch.isEmpty { return }
            for (delta, observers) in batch {
                for observer in observers { observer.deliver(delta) }
            }
            // What came meanwhile was left to this thread: look again.
            state.withLock { $0.isBeingCarriedOut = false }
        }
    }

    /// One observer's place.
    final class Observation: StoreObservation {
        let start: EventCursor
        private let handler: Lock<Handler?>
        private let onCancel: @Sendable (Observation) -> Void

        init(start: EventCursor, handler: @escaping Handler, onCancel: @escaping @Sendable (Observation) -> Void) {
            self.start = start
            self.handler = Lock(handler)
            self.onCancel = onCancel
        }

        func deliver(_ delta: StoreDelta) { handler.withLock { $0 }?(delta) }

        func cancel() {
            handler.withLock { $0 = nil }
            onCancel(self)
        }
    }
}
