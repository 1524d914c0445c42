public import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Stops the drawing of this very task, if Forge works on it and nobody else's can be hit.
    ///
    /// Asks Forge right before whether the task is the running one. Also stops a task that a process now dead had sent,
    /// while no drawing of this generator's is open. No drawing begins until the interrupt is answered, or can no
    /// longer arrive.
    ///
    /// - Parameter task: The task as it was drawn.
    /// - Returns: `.sent` when Forge has answered, or its answer is lost or did not come in time, and for a task whose
    ///   request still waits here: it will not be sent; `.notRunning` if the task waits, has ended, or is unknown, and
    ///   while an interrupt of another task is out;
    ///   `.impossible` on a shared Forge that can't tell whose picture it draws (`--nowebui`), and for an upscale,
    ///   which no Forge can tell from others and none stops in the middle.
    /// - Throws: `GenerationError` if Forge can't be asked, or has not answered the last interrupt yet, and nothing was
    ///   sent; `CancellationError`.
    public func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome {
        guard gate.update({ !$0.withdraw(task) }) else { return .sent }
        return try await interruptRunning(task)
    }

    /// ``interrupt(_:)`` of what has been sent.
    func interruptRunning(_ task: DrawingTask.ID) async throws -> InterruptOutcome {
        let admission = try await gate.decide { state -> GateState.InterruptAdmission? in
            let admission = state.beginInterrupt(of: task)
            return admission == .waitForChange ? nil : admission
        }
        let isOurs: Bool
        switch admission {
        case .check(let ours): isOurs = ours
        case .impossible: return .impossible
        case .underWay:
            throw FailureReading(address: configuration.address, endpoint: .interrupt)
                .error(TransportError(kind: .timedOut, detail: ""))
        case .notRunning, .waitForChange: return .notRunning
        }
        do {
            if let refusal = try await standing(of: task).refusal(of: configuration.exclusivity, isOurs: isOurs) {
                gate.update { $0.endInterrupt(.notSent, at: time.now) }
                return refusal
            }
        } catch {
            gate.update { $0.endInterrupt(.notSent, at: time.now) }
            throw error
        }
        guard gate.update({ $0.commitInterrupt(of: task) }) else {
            gate.update { $0.endInterrupt(.notSent, at: time.now) }
            return .notRunning
        }
        logger.debug("Interrupting", metadata: ["forge.task": "\(task)"])
        do {
            try await control.interrupt { [gate, time] result in
                gate.update { $0.endInterrupt(GateState.InterruptEnd(result), at: time.now) }
            }
        } catch let error as GenerationError {
            // It may have hit all the same, so the picture counts as cut.
            logger.info("An interrupt was not confirmed", metadata: ["error.code": "\(error.failureClass)"])
        }
        return .sent
    }

    /// What Forge says of a task.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func standing(of task: DrawingTask.ID) async throws -> TaskStanding {
        if let progress = try await control.taskProgress(of: task) { return .task(progress) }
        return .server(try await control.serverProgress())
    }
}

/// What Forge says of a task, or, where it knows none (`--nowebui`), of itself.
enum TaskStanding: Sendable, Equatable {
    case task(TaskProgress)
    case server(ServerProgress)

    /// Why an interrupt must not be sent; `nil` if it may.
    ///
    /// - Parameter isOurs: A request for the task is known to be with Forge.
    func refusal(of exclusivity: ForgeConfiguration.Exclusivity, isOurs: Bool) -> InterruptOutcome? {
        switch self {
        case .task(let progress): return progress.isActive ? nil : .notRunning
        case .server(let progress):
            guard !progress.isIdle else { return .notRunning }
            guard exclusivity == .exclusive else { return .impossible }
            return isOurs ? nil : .notRunning
        }
    }
}

extension GateState.InterruptEnd {
    /// - Parameter result: The status of the answer, or why none came.
    init(_ result: Result<Int, TransportError>) {
        self =
            switch result {
            // The proxy has answered, but Forge may yet get the order.
            case .success(let status) where ForgeAnswer.isLossBehindProxy(status): .lost
            case .success: .settled
            case .failure(let error): error.kind == .cannotConnect ? .settled : .lost
            }
    }
}
