internal import ImageQueueConcurrency

/// The gate of one backend: the state, and those who wait for it to change.
final class Gate: Sendable {
    private struct Guarded {
        var state = GateState()
        var change = OneShot<Void>()
    }

    private let guarded = Lock(Guarded())

    /// Changes the state, and wakes those who wait if it did change.
    @discardableResult
    func update<Result: Sendable>(_ body: (inout GateState) -> Result) -> Result {
        let (result, change) = guarded.withLock { guarded -> (Result, OneShot<Void>?) in
            let before = guarded.state
            let result = body(&guarded.state)
            guard guarded.state != before else { return (result, nil) }
            defer { guarded.change = OneShot() }
            return (result, guarded.change)
        }
        change?.fill(())
        return result
    }

    /// Asks the state until it gives an answer, again after each change.
    ///
    /// - Throws: `CancellationError`.
    func decide<Result: Sendable>(_ body: (inout GateState) -> Result?) async throws -> Result {
        while true {
            let (result, change) = guarded.withLock { guarded -> (Result?, OneShot<Void>) in
                let change = guarded.change
                return (body(&guarded.state), change)
            }
            if let result { return result }
            try await change.value()
        }
    }
}
