internal import ImageQueueConcurrency

extension ForgeSimulator {
    /// Binds and serves until cancelled, which closes everything. Call once.
    /// - Throws: an error of NIO if the port can't be bound; `CancellationError` never.
    public func run() async throws {
        do {
            for fault in configuration.faults where fault.isImmediate { order(fault) }
            while !Task.isCancelled {
                try await live()
            }
            end(with: CancellationError())
        } catch is CancellationError {
            end(with: CancellationError())
        } catch {
            end(with: error)
            throw error
        }
    }

    /// Returns once it listens, or throws why it can't.
    /// - Throws: what ``run()`` ended with, if it has ended.
    public func waitUntilReady() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome: Result<Void, any Error>? = state.withLock { state in
                switch state.readiness {
                case .ready: return .success(())
                case .ended(let error): return .failure(error)
                case .starting:
                    state.waiters.append(continuation)
                    return nil
                }
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    /// Serves while `body` runs, then stops and closes everything.
    /// - Parameters:
    ///   - configuration: how the simulator behaves.
    ///   - body: gets the simulator once it listens.
    /// - Returns: What `body` returns.
    /// - Throws: what `body` throws; errors of ``init(configuration:)`` and ``run()``.
    public static func withServer<Result: Sendable>(
        _ configuration: SimulatorConfiguration = SimulatorConfiguration(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (ForgeSimulator) async throws -> Result
    ) async throws -> Result {
        let simulator = try ForgeSimulator(configuration: configuration)
        return try await withThrowingTaskGroup(of: Void.self, isolation: isolation) { group in
            group.addTask { try await simulator.run() }
            try await simulator.waitUntilReady()
            let result = try await body(simulator)
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    private func end(with error: any Error) {
        let waiters = state.withLock { state in
            state.readiness = .ended(error)
            state.forge = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    /// From a start of the server to its death.
    private func live() async throws {
        let forge = Forge(configuration: configuration, journal: journal, padding: padding)
        state.withLock { state in
            state.forge = forge
            state.lifeStart = .now
        }
        let register = ConnectionRegister()
        let downtime = try await withThrowingDiscardingTaskGroup { group in
            defer {
                // The connections are cancelled one by one: the next request must not be drawn in between.
                forge.queue.close()
                group.cancelAll()
                register.resetAll()
            }
            while true {
                let listener = try await listen(register)
                // The listener is closed by an outage or, here, by cancellation; its stream then ends.
                await withTaskCancellationHandler {
                    for await connection in listener.connections {
                        group.addTask { await self.serve(connection, with: forge) }
                    }
                } onCancel: {
                    listener.close()
                }
                await listener.waitUntilClosed()
                try Task.checkCancellation()
                switch state.withLock({ $0.takeOutage() }) {
                case .refusal(let duration): try await forge.sleep(duration)
                case .restart(let duration): return duration
                case nil: break
                }
            }
        }
        try await forge.sleep(downtime)
    }

    private func listen(_ register: ConnectionRegister) async throws -> Listener {
        let listener = try await Listener.bind(host: configuration.host, port: port) { register.add($0) }
        let (waiters, isBroken) = state.withLock { state in
            state.listener = listener
            state.port = listener.port
            state.readiness = .ready
            defer { state.waiters = [] }
            return (state.waiters, state.outage != nil)
        }
        for waiter in waiters { waiter.resume() }
        // The outage was ordered while nobody listened.
        if isBroken { listener.close() }
        return listener
    }
}

extension ForgeSimulator.State {
    fileprivate mutating func takeOutage() -> ForgeSimulator.Outage? {
        listener = nil
        defer { outage = nil }
        return outage
    }
}
