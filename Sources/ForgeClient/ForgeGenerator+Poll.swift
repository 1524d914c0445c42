internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Why nobody asks about a drawing any more.
    enum PollEnd: Sendable {
        case cancelled
        /// Forge no longer has it.
        case lost
        /// Forge has it, and does nothing about it, or says nothing any more.
        case hung
    }

    /// Asks about a drawing until cancelled, tells its progress, and answers why there is no more to ask.
    func poll(_ call: OpenCall, _ onProgress: @Sendable (DrawingProgress) -> Void) async -> PollEnd {
        let begun = time.now
        let pace = PollPace(shortest: configuration.pollInterval)
        var knowsTasks = true
        var isComplaining = false
        var isFirst = true
        while true {
            let questions = knowsTasks && configuration.exclusivity == .shared ? 2 : 1
            let last = lastRound.withLock(\.self)
            let answering = last?.answering ?? .zero
            let wait =
                isFirst
                ? pace.firstWait(sinceLast: last.map { begun - $0.ended }, answering: answering, questions: questions)
                : pace.wait(drawing: time.now - begun, answering: answering, questions: questions)
            isFirst = false
            do {
                try await time.sleep(for: wait)
                try await renewNames()
            } catch {
                return .cancelled
            }
            let asked = time.now
            defer { lastRound.withLock { $0 = LastRound(ended: time.now, answering: time.now - asked) } }
            let finding: DrawingWatch.Finding
            do {
                finding = try await look(at: call, &knowsTasks)
            } catch let error as GenerationError {
                if !isComplaining {
                    isComplaining = true
                    let code = error.failureClass.description
                    logger.info("Forge does not tell its progress", metadata: ["error.code": "\(code)"])
                }
                finding = call.watch.withLock { watch in
                    switch error.failureClass {
                    case .unavailable: watch.seeRefusal(at: time.now)
                    case .timedOut, .connectionLost: watch.seeSilence(at: time.now)
                    default: watch.seeNonsense(at: time.now)
                    }
                }
            } catch {
                return .cancelled
            }
            if let news = finding.news { onProgress(news) }
            // Once the head is there, the answer is on its way whatever the server says.
            guard call.head.current == nil else { continue }
            if finding.isLost { return .lost }
            if finding.still >= configuration.stallLimit { return .hung }
        }
    }

    private func look(at call: OpenCall, _ knowsTasks: inout Bool) async throws -> DrawingWatch.Finding {
        guard call.task.hasTaskID else {
            // While an upscale runs, progress stands at 1, as it does for ever after one that failed (FORGE.md,
            // section 7).
            _ = try await control.serverProgress()
            return call.watch.withLock { $0.seeLife(at: time.now) }
        }
        if knowsTasks, let task = try await control.taskProgress(of: call.task.id) {
            hasTaskIDs.withLock { $0 = true }
            // Only the server's state tells that somebody cut the job short.
            let asksServer = task.isActive && configuration.exclusivity == .shared
            let server = asksServer ? try? await control.serverProgress() : nil
            return call.watch.withLock { $0.see(task, server: server, at: time.now) }
        }
        let server = try await control.serverProgress()
        // Answers, but not about tasks: no web page, so no /internal.
        knowsTasks = false
        hasTaskIDs.withLock { $0 = false }
        return call.watch.withLock { $0.see(server, at: time.now) }
    }
}
