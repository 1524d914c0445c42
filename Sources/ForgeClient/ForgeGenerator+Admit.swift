public import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Waits until a request may leave, and takes the place.
    ///
    /// - Returns: The number of the call, whose request must leave now.
    /// - Throws: `CancellationError`.
    func admit(_ task: DrawingTask) async throws -> Int {
        while true {
            let admission = try await gate.decide { state -> GateState.DrawAdmission? in
                let admission = state.admitDraw(of: task.id, hasTaskID: task.hasTaskID, at: time.now)
                return admission == .waitForChange ? nil : admission
            }
            switch admission {
            case .go(let number): return number
            case .wait(let instant): try await time.sleep(until: instant)
            case .settle(let earlier): try await settle(earlier)
            case .waitForChange: continue
            }
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
        while gate.update({ $0.isUnsettled(task) }) {
            // Longer than any drawing: what Forge still says of it can't be true.
            guard time.now - begun < configuration.generationTimeout else { break }
            let isNameless = gate.update { $0.isNameless(task) }
            if isNameless, !gate.update({ $0.isOpen(task) }), time.now - begun >= Self.namelessLimit { break }
            switch try await isNameless
                ? namelessSettlement(of: task) : settlement(of: task, waitsForIdle: waitsForIdle)
            {
            case .ended:
                gate.update { $0.forget(task) }
                return
            case .mayRun: try await time.sleep(for: Self.settleInterval)
            }
        }
        gate.update { $0.forget(task) }
    }

    private static let settleInterval = Duration.milliseconds(500)
    /// How long an upscale may look as if it ran once its connection is gone: a failed one looks so for ever.
    private static let namelessLimit = Duration.seconds(120)

    private enum Settlement {
        case ended
        case mayRun
    }

    /// An upscale is done when its connection ends; without one, when Forge does nothing.
    private func namelessSettlement(of task: DrawingTask.ID) async throws -> Settlement {
        guard !gate.update({ $0.isOpen(task) }) else { return .mayRun }
        do {
            return try await control.serverProgress().isIdle ? .ended : .mayRun
        } catch let error as GenerationError {
            return error.failureClass == .unavailable ? .ended : .mayRun
        }
    }

    private func settlement(of task: DrawingTask.ID, waitsForIdle: Bool) async throws -> Settlement {
        do {
            let standing = try await standing(of: task)
            switch standing {
            case .task(let progress):
                guard progress.isActive || progress.isQueued else { return .ended }
                // A failed task looks active until another begins (FORGE.md, section 6).
                if progress.isActive, try await control.serverProgress().isIdle { return .ended }
            case .server(let progress):
                guard !progress.isIdle else { return .ended }
            }
            switch try await interrupt(task) {
            case .sent, .notRunning: return .mayRun
            // Whose job runs can't be told: only the end of the connection tells, if it is still there.
            case .impossible: return waitsForIdle || gate.update { $0.isOpen(task) } ? .mayRun : .ended
            }
        } catch let error as GenerationError {
            // Nobody listens, so nothing is drawn.
            return error.failureClass == .unavailable ? .ended : .mayRun
        }
    }
}
