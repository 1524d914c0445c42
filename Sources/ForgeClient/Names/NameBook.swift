internal import ImageQueueConcurrency

/// Keeps what a Forge said of its names, and lets one at a time ask it anew.
final class NameBook: Sendable {
    private struct State {
        var names: KnownNames?
        /// When the question was put that they answer.
        var askedAt = Duration.zero
        /// Filled when the question under way has ended.
        var asking: OneShot<Void>?
    }

    private enum Step {
        case take(KnownNames)
        case wait(OneShot<Void>)
        case ask(OneShot<Void>)
    }

    private let state = Lock(State())
    private let time: Timekeeper
    private let ask: @Sendable () async throws -> KnownNames

    /// - Parameter ask: Puts the questions; throws `CancellationError` alone.
    init(time: Timekeeper, ask: @escaping @Sendable () async throws -> KnownNames) {
        self.time = time
        self.ask = ask
    }

    /// Whether they were asked for within that time.
    func isFresh(within age: Duration) -> Bool {
        state.withLock { $0.names != nil && time.now - $0.askedAt <= age }
    }

    /// The names, as they were within that time; asks if they are older.
    ///
    /// - Throws: `CancellationError`.
    func names(within age: Duration) async throws -> KnownNames {
        let oldest = time.now - age
        while true {
            let step = state.withLock { state -> Step in
                if let names = state.names, state.askedAt >= oldest { return .take(names) }
                if let asking = state.asking { return .wait(asking) }
                let asking = OneShot<Void>()
                state.asking = asking
                return .ask(asking)
            }
            switch step {
            case .take(let names): return names
            case .wait(let asking): try await asking.value()
            case .ask(let asking): return try await ask(endingWith: asking)
            }
        }
    }

    private func ask(endingWith asking: OneShot<Void>) async throws -> KnownNames {
        let begun = time.now
        defer {
            state.withLock { $0.asking = nil }
            asking.fill(())
        }
        let names = try await ask()
        return state.withLock { state in
            let whole = names.filled(from: state.names)
            state.names = whole
            state.askedAt = begun
            return whole
        }
    }
}
