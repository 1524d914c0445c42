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
            // What may leave at once would leave for nobody.
            try Task.checkCancellation()
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
            case .settle(let earlier): _ = try await unlessWithdrawn(task.id) { try await self.settle(earlier) }
            case .withdrawn: throw Self.withdrawn
            case .waitForChange: continue
            }
        }
    }

    static var withdrawn: GenerationError {
        GenerationError(.interrupted, message: "This drawing was stopped before its request was sent.")
    }

    /// Ends what a waiting task waits for once an interrupt has come for that task: `nil` then.
    func unlessWithdrawn<Value: Sendable>(
        _ task: DrawingTask.ID,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.gate.decide { $0.isWithdrawn(task) ? () : nil }
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Sees to the end of a task that a process now dead had sent: interrupts it where that can hit no other, and waits
    /// until Forge no longer has it. Where Forge can't tell whose picture it draws (`--nowebui`, shared) it waits until
    /// nothing is drawn; so it does for a task that Forge does not know and that may be an upscale,
    /// for 2 minutes at most.
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
        let uploadTime = gate.update { $0.uploadTime(of: task) }
        var loss = LossDetector(uploadTime: uploadTime ?? .zero)
        var interrupted: Duration?
        while gate.update({ $0.isUnsettled(task) }) {
            // Longer than any drawing: what Forge still says of it can't be true.
            guard time.now - begun < configuration.generationTimeout else { break }
            let isNameless = gate.update { $0.isNameless(task) }
            if isNameless, !gate.update({ $0.isOpen(task) }), time.now - begun >= Self.namelessLimit { break }
            switch try await isNameless
                ? namelessSettlement(of: task)
                : settlement(of: task, waitsForIdle: waitsForIdle, interrupted: &interrupted)
            {
            case .ended: return gate.update { $0.forget(task) }
            case .mayRun(let observation): _ = observation.map { loss.observe($0, at: time.now) }
            case .refused(let isByForge):
                // Where the connection broke as well, it is down. But a server may take no new connections for a
                // moment, and go on with those it has; so may one behind a proxy.
                let mayPass = !isByForge || gate.update { $0.isOpen(task) }
                guard mayPass, !loss.observe(.refused, at: time.now) else { return gate.update { $0.forget(task) } }
            case .unknown(let isIdle) where !isIdle && gate.update { $0.mayBeNameless(task) }:
                guard time.now - begun < Self.namelessLimit else { return gate.update { $0.forget(task) } }
            case .unknown:
                // It may be on its way while its connection is open.
                let mayCome = uploadTime != nil && gate.update { $0.isOpen(task) }
                guard mayCome, !loss.observe(.gone, at: time.now) else { return gate.update { $0.forget(task) } }
            }
            try await time.sleep(for: Self.settleInterval)
        }
        gate.update { $0.forget(task) }
    }

    private static let settleInterval = Duration.milliseconds(500)
    /// How often an interrupt is repeated while the drawing goes on.
    private static let interruptInterval = Duration.seconds(2)
    /// How long an upscale may look as if it ran once its connection is gone: a failed one looks so for ever.
    private static let namelessLimit = Duration.seconds(120)

    private enum Settlement {
        case ended
        /// What was seen of it, if anything was.
        case mayRun(LossDetector.Observation?)
        /// Forge does not know it, and does nothing, or something else.
        case unknown(isIdle: Bool)
        /// Nobody listens: at Forge's own door, or behind a proxy's.
        case refused(isByForge: Bool)

        /// Forge could not be asked. What only forwards connections takes each, and breaks it when it finds nobody.
        init(_ error: GenerationError) {
            self =
                switch error.failureClass {
                case .unavailable: .refused(isByForge: error.cause is TransportError)
                case .connectionLost where error.cause is TransportError: .refused(isByForge: false)
                default: .mayRun(nil)
                }
        }
    }

    /// An upscale is done when its connection ends; without one, when Forge does nothing.
    private func namelessSettlement(of task: DrawingTask.ID) async throws -> Settlement {
        guard !gate.update({ $0.isOpen(task) }) else { return .mayRun(nil) }
        do {
            return try await control.serverProgress().isIdle ? .ended : .mayRun(.busy)
        } catch let error as GenerationError {
            return Settlement(error)
        }
    }

    /// - Parameter interrupted: When the last interrupt left.
    private func settlement(
        of task: DrawingTask.ID,
        waitsForIdle: Bool,
        interrupted: inout Duration?
    ) async throws -> Settlement {
        do {
            let seen: LossDetector.Observation
            switch try await standing(of: task) {
            case .task(let progress):
                guard progress.isActive || progress.isQueued else {
                    guard !progress.isCompleted else { return .ended }
                    let asksServer = gate.update { $0.mayBeNameless(task) }
                    return .unknown(isIdle: asksServer ? try await control.serverProgress().isIdle : true)
                }
                seen = .alive
                // A failed task looks active until another begins (FORGE.md, section 6).
                if progress.isActive {
                    let server = try await control.serverProgress()
                    if server.isIdle || server.isUpscaling { return .ended }
                }
            case .server(let progress):
                guard !progress.isIdle else { return .unknown(isIdle: true) }
                seen = .busy
            }
            let now = time.now
            if let interrupted, now - interrupted < Self.interruptInterval { return .mayRun(seen) }
            switch try await interruptRunning(task) {
            case .sent:
                interrupted = now
                return .mayRun(seen)
            case .notRunning: return .mayRun(seen)
            // Whose job runs can't be told: only the end of the connection tells, if it is still there.
            case .impossible: return waitsForIdle || gate.update { $0.isOpen(task) } ? .mayRun(seen) : .ended
            }
        } catch let error as GenerationError {
            return Settlement(error)
        }
    }
}
