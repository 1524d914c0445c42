internal import ImageQueueConcurrency

/// Hands what the store's log says to every watcher of this process.
///
/// It only reads: nothing is told that is not in the log or in the progress rows, so every process sees one order. It
/// observes the store while somebody watches, and no longer.
final class EventHub: Sendable {
    /// ``JobStore/observe(_:)``.
    typealias Observe =
        @Sendable (_ deliver: @escaping @Sendable (StoreDelta) -> Void) async throws -> any StoreObservation

    private let observe: Observe
    private let state = Lock(State())

    private struct State {
        var watchers: [Watcher.Key: Watcher] = [:] {
            didSet { audience = nil }
        }
        /// All watchers, for as long as they stay the same: to gather them costs as much as to tell them.
        private var audience: [Watcher]?
        var observation: (any StoreObservation)?
        /// How many observations have ended by themselves.
        var endings = 0
        /// How far the observation has come.
        var place: EventCursor?
        /// The attempts whose begin has been seen: a new one means that everybody behind it has moved up.
        var begun: [JobID: Int] = [:]

        mutating func everybody() -> [Watcher] {
            if let audience { return audience }
            let all = Array(watchers.values)
            audience = all
            return all
        }
    }

    init(observe: @escaping Observe) {
        self.observe = observe
    }

    deinit {
        state.withLock { $0.observation }?.cancel()
    }

    /// Adds a watcher, and answers once the store is being observed: whatever is committed after that reaches it.
    func add(_ watcher: Watcher) async throws {
        state.withLock { $0.watchers[watcher.key] = watcher }
        if state.withLock({ $0.observation == nil }) { try await observe(for: watcher) }
        guard let place = state.withLock({ $0.place }) else { return }
        watcher.change { if $0.cursor.log == place.log { $0.observe(place.sequence) } }
    }

    private func observe(for watcher: Watcher) async throws {
        let endings = state.withLock { $0.endings }
        let observation: any StoreObservation
        do {
            observation = try await observe { [weak self] in self?.deliver($0) }
        } catch {
            remove(watcher)
            throw error
        }
        let surplus: (any StoreObservation)? = state.withLock { state in
            // One that has ended before it could be kept is over, as its watchers know.
            if state.observation != nil || state.watchers.isEmpty || state.endings != endings { return observation }
            state.observation = observation
            if state.place == nil { state.place = observation.start }
            return nil
        }
        surplus?.cancel()
    }

    /// Takes a watcher away; with the last one the observation ends.
    func remove(_ watcher: Watcher) {
        let idle: (any StoreObservation)? = state.withLock { state in
            state.watchers[watcher.key] = nil
            guard state.watchers.isEmpty else { return nil }
            defer { state.observation = nil }
            state.place = nil
            state.begun.removeAll()
            return state.observation
        }
        idle?.cancel()
    }

    /// Tells something beside the log to all watchers that may see it, but for one.
    func tell(_ event: JobEvent, except silent: Watcher?) {
        let watchers = state.withLock { $0.everybody() }
        for watcher in watchers where watcher !== silent && watcher.matches(event) {
            watcher.change { $0.tell(event) }
        }
    }

    private func deliver(_ delta: StoreDelta) {
        if let damage = delta.damage { return end(QueueError(code: .storeDamaged, message: damage)) }
        let (watchers, moves) = state.withLock { state in
            state.place = delta.cursor
            // Of what was not read some may have ended.
            if delta.hasGap { state.begun.removeAll() }
            var moves = delta.events.count
            for change in delta.progress {
                guard let job = change.jobID else { continue }
                if state.begun.updateValue(change.attempt, forKey: job) != change.attempt { moves += 1 }
            }
            for event in delta.events where event.isFinal {
                if let job = event.jobID { state.begun[job] = nil }
            }
            return (state.everybody(), moves)
        }
        Crowd(watchers.compactMap { $0.offer(delta, moves: moves) }).wake()
    }

    /// The observation has ended. Who comes from now on observes anew.
    private func end(_ error: QueueError) {
        let watchers = state.withLock { state in
            state.endings += 1
            state.observation = nil
            state.place = nil
            return state.everybody()
        }
        for watcher in watchers { watcher.fail(error) }
    }
}

extension Watcher {
    typealias Key = ObjectIdentifier
    var key: Key { ObjectIdentifier(self) }
}
