public import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Waits until a request may leave, and takes the place.
    ///
    /// - Parameter uploadTime: How long the request may be on its way.
    /// - Returns: The number of the call, whose request must leave now.
    /// - Throws: `GenerationError` of class `interrupted` if an interrupt comes before; `CancellationError`.
    func admit(_ task: DrawingTask, uploadTime: Duration) async throws -> Int {
        gate.update { $0.enter(task.id) }
        defer { gate.update { $0.exit(task.id) } }
        while true {
            let admission = try await gate.decide { state -> GateState.DrawAdmission? in
                let admission = state.admitDraw(
                    of: task.id,
                    hasTaskID: task.hasTaskID,
                    uploadTime: uploadTime,
                    at: time.now
                )
                return admission == .waitForChange ? nil : admission
            }
            switch admission {
            case .go(let number): return number
            case .wait(let instant): try await time.sleep(until: instant)
            case .settle(let earlier): try await unlessWithdrawn(task.id) { try await self.settle(earlier) }
            case .withdrawn:
                throw GenerationError(.interrupted, message: "This drawing was stopped before its request was sent.")
            case .waitForChange: continue
            }
        }
    }

    /// Ends what a waiting task waits for once an interrupt has come for that task.
    private func unlessWithdrawn(
        _ task: DrawingTask.ID,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await self.gate.decide { $0.isWithdrawn(task) ? () : nil } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Sees to the end of a task that a process now dead had sent: interrupts it where that can hit no other, and waits
    /// until Forge no longer has it. Where Forge can't tell whose picture it draws (`--nowebui`, shared) it waits until
    /// nothing is drawn.
    ///
    /// - Throws: `CancellationError`.
    public func settleOrphan(_ task: DrawingTask.ID) async throws {
        gate.update { $0.adopt(task) }
        try await settle(task, waitsForIdle: true)
    }

    /// Sees to the end of a request of ours whose answer nobody waits for: a request behind it would wait inside
    /// Forge, where it can't be cancelled.
    private func settle(_ task: DrawingTask.ID, waitsForIdle: Bool = false) async throws {
        logger.info("Waiting for an earlier drawing to end", metadata: ["forge.task": "\(task)"])
        let begun = time.now
        var loss = gate.update { $0.lossDetector(for: task) }
        while gate.update({ $0.isUnsettled(task) }) {
            // Longer than any drawing: what Forge still says of it can't be true.
            guard time.now - begun < configuration.generationTimeout else { break }
            let isNameless = gate.update { $0.isNameless(task) }
            if isNameless, !gate.update({ $0.isOpen(task) }), time.now - begun >= Self.namelessLimit { break }
            switch try await isNameless
                ? namelessSettlement(of: task) : settlement(of: task, waitsForIdle: waitsForIdle)
            {
            case .ended: return gate.update { $0.forget(task) }
            case .mayRun: _ = loss?.observe(.alive, at: time.now)
            case .notThere(let observation):
                // While its connection is open it may be on its way, or the server takes no new ones for a moment.
                let isOpen = gate.update { $0.isOpen(task) }
                guard isOpen, loss?.observe(observation, at: time.now) == false else {
                    return gate.update { $0.forget(task) }
                }
            }
            try await time.sleep(for: Self.settleInterval)
        }
        gate.update { $0.forget(task) }
    }

    private static let settleInterval = Duration.milliseconds(500)
    /// How long an upscale may look as if it ran once its connection is gone: a failed one looks so for ever.
    private static let namelessLimit = Duration.seconds(120)

    private enum Settlement {
        case ended
        case mayRun
        /// Forge does not know it, or nobody listens.
        case notThere(LossDetector.Observation)
    }

    /// An upscale is done when its connection ends; without one, when Forge does nothing.
    private func namelessSettlement(of task: DrawingTask.ID) async throws -> Settlement {
        guard !gate.update({ $0.isOpen(task) }) else { return .mayRun }
        do {
            return try await control.serverProgress().isIdle ? .ended : .mayRun
        } catch let error as GenerationError {
            return error.failureClass == .unavailable ? .notThere(.refused) : .mayRun
        }
    }

    private func settlement(of task: DrawingTask.ID, waitsForIdle: Bool) async throws -> Settlement {
        do {
            let standing = try await standing(of: task)
            switch standing {
            case .task(let progress):
                guard progress.isActive || progress.isQueued else {
                    return progress.isCompleted ? .ended : .notThere(.gone)
                }
                // A failed task looks active until another begins (FORGE.md, section 6).
                if progress.isActive, try await control.serverProgress().isIdle { return .ended }
            case .server(let progress):
                guard !progress.isIdle else { return .notThere(.gone) }
            }
            switch try await interrupt(task) {
            case .sent, .notRunning: return .mayRun
            // Whose job runs can't be told: only the end of the connection tells, if it is still there.
            case .impossible: return waitsForIdle || gate.update { $0.isOpen(task) } ? .mayRun : .ended
            }
        } catch let error as GenerationError {
            return error.failureClass == .unavailable ? .notThere(.refused) : .mayRun
        }
    }
}
