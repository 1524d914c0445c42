internal import Foundation
internal import ImageQueueConcurrency
public import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Draws one picture, and answers once the head of Forge's answer is there: the next request may leave then, while
    /// this picture is still being transferred and decoded.
    ///
    /// Waits for an earlier drawing of this generator's, and for what Forge may still do for it. A task that is
    /// cancelled gets `CancellationError` at once; Forge goes on.
    ///
    /// Nothing is sent to a Forge that has only just started, and no strict request with a name that it does not know.
    ///
    /// - Parameters:
    ///   - task: What to draw. Its id becomes Forge's `force_task_id`.
    ///   - onProgress: Called with rising fractions below 1, from any thread; must not block. Never called after the
    ///     return.
    /// - Throws: `GenerationError`, of class `interrupted` for a drawing that an interrupt of ours ended;
    ///   `CancellationError`. That somebody else cut the picture short only the picture itself tells.
    public func draw(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> any ArrivingImage {
        gate.update { $0.enter(task.id) }
        defer { gate.update { $0.exit(task.id) } }
        let checked = try await unlessWithdrawn(task.id) {
            try await self.awaitNoStartUp()
            return try await self.checkNames(of: task)
        }
        guard let checked else { throw Self.withdrawn }
        do {
            return try await drawOnce(checked, onProgress: onProgress)
        } catch let error as GenerationError {
            try await cure(error, after: checked.task)
            throw error
        }
    }

    func drawOnce(
        _ checked: CheckedTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> ForgePicture {
        let task = checked.task
        let body = try await body(of: task)
        let uploadTime = LossDetector.uploadTime(of: body.count)
        let number = try await admit(task, uploadTime: uploadTime)
        let call = OpenCall(
            checked,
            number: number,
            address: configuration.address,
            sent: time.now,
            uploadTime: uploadTime
        )
        let exchange = send(body, as: call)
        let finish = await follow(call, over: exchange, checked.upscaler, onProgress)
        let wasInterruptedByUs = gate.update { gate in
            if case .lost = finish { gate.lose(number: number) }
            defer { gate.leave(number: number) }
            return gate.isInterrupted(number: number)
        }
        if case .free(let look) = finish {
            if wasInterruptedByUs {
                exchange.abandon()
                throw GenerationError(.interrupted, message: "This drawing was stopped at the queue's own request.")
            }
            // Without a head, or without a picture in what follows, all that there is to know is known soon.
            if case .failure(let error) = call.outcome.current { throw error }
            return ForgePicture(call: call, look: look, exchange: exchange, generator: self)
        }
        exchange.abandon()
        switch finish {
        case .lost:
            logger.info("Forge lost a task", metadata: ["forge.task": "\(task.id)"])
            throw GenerationError(
                .connectionLost,
                message: "Forge at \(backend) no longer knows this drawing: it was restarted or has crashed."
            )
        case .hung:
            logger.info("Forge hangs at a task", metadata: ["forge.task": "\(task.id)"])
            throw GenerationError(
                .hung,
                message: "Forge at \(backend) has not moved on with this drawing for too long: is its machine well?"
            )
        case .tooLate:
            throw FailureReading(address: configuration.address, endpoint: task.endpoint)
                .error(TransportError(kind: .timedOut, detail: ""))
        case .cancelled, .free:
            throw CancellationError()
        }
    }

    private func body(of task: DrawingTask) async throws -> Data {
        task.inputs.isEmpty ? try task.body() : try await onOwnThread { try task.body() }
    }

    /// Makes a body that carries pictures.
    func onOwnThread(_ body: @escaping @Sendable () throws -> Data) async throws -> Data {
        do {
            return try await LibraryThread.call(named: "forge-body", body)
        } catch let error as LibraryThread.Refusal {
            let message = "No thread could be started: raise the limit of threads."
            throw GenerationError(.unavailable, message: message, cause: error)
        }
    }

    private enum Finish: Sendable {
        case free(look: ServerProgress?)
        case lost
        case hung
        case tooLate
        case cancelled
    }

    /// Sends the request of a call.
    func send(_ body: Data, as call: OpenCall) -> any ForgeExchange {
        let request = ForgeRequest(
            endpoint: call.task.endpoint,
            body: body,
            timeout: configuration.generationTimeout,
            closesConnection: false
        )
        let onHead: @Sendable (Int) -> Void = { [gate, control] status in
            // Forge answers when it has ended the drawing: from here on there is nothing to interrupt.
            gate.update { $0.ended(number: call.number, answered: !ForgeAnswer.isLossBehindProxy(status)) }
            // Asked from here and not by whoever waits for the head: Forge is idle until the next request, which waits
            // for this. An upscale is no job of Forge's that somebody could cut short: nothing to look for.
            if status == 200, call.task.endpoint != .upscale {
                let question = control.askServerProgress(within: Self.lookLimit)
                call.look.withLock { $0 = question }
            }
            call.head.fill(.status(status))
        }
        return generation.send(request, onHead: onHead) { [gate] result in
            // The gate learns of the end even if nobody waits for it any more.
            switch result {
            case .success(let answer):
                let isLoss = ForgeAnswer.isLossBehindProxy(answer.status)
                gate.update { $0.ended(number: call.number, answered: !isLoss) }
            case .failure(let error):
                gate.update {
                    $0.ended(
                        number: call.number,
                        answered: error.kind == .tooLarge,
                        mayHaveBegun: error.kind != .cannotConnect
                    )
                }
            }
            call.take(result)
        }
    }

    /// Waits for the head of the answer, beside it for signs that none will come.
    private func follow(
        _ call: OpenCall,
        over exchange: any ForgeExchange,
        _ upscaler: UpscalerList.Finding?,
        _ onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async -> Finish {
        await withTaskGroup(of: Finish.self) { group in
            group.addTask { await self.answer(to: call, over: exchange, upscaler) }
            group.addTask {
                switch await self.poll(call, onProgress) {
                case .lost: .lost
                case .hung: .hung
                case .cancelled: .cancelled
                }
            }
            group.addTask {
                // `URLSession` has the same limit, but a limit that is only its own could fail to come.
                let isOver: Void? = try? await self.time.sleep(for: self.configuration.generationTimeout)
                return isOver == nil ? .cancelled : .tooLate
            }
            defer { group.cancelAll() }
            return await group.next() ?? .cancelled
        }
    }

    private func answer(
        to call: OpenCall,
        over exchange: any ForgeExchange,
        _ upscaler: UpscalerList.Finding?
    ) async -> Finish {
        do {
            switch try await call.head.value() {
            case .status(200) where upscaler != nil:
                if upscaler == .weightsUnknown { try await seeToWeights(of: call, over: exchange) }
                return .free(look: nil)
            case .status(200):
                return .free(look: await lastLook(asked: call.look.withLock(\.self)))
            case .status:
                // A refusal or a failure, which is short: whoever draws is to know of it before he sends the next request.
                _ = try await end(of: call, over: exchange)
                return .free(look: nil)
            case .none:
                return .free(look: nil)
            }
        } catch {
            return .cancelled
        }
    }

    /// How the server stands right after our job, for the next job of anybody's clears what is looked for; also where
    /// nobody else should be: a hand that presses Interrupt in the web page is enough. Nothing else tells of a cut after
    /// the last poll, so it is asked again where no answer comes or none that can be read, for a server may take no
    /// connections for a moment and go on with those it has, and once more beside a question that hangs. Without any
    /// answer the picture is taken for whole: the polls, too, have looked. A Forge that answers slowly does not hold the
    /// picture up for long.
    private func lastLook(asked question: ControlClient.Question?) async -> ServerProgress? {
        let end = time.now + Self.lookLimit
        let look = await withTaskGroup(of: ServerProgress?.self) { group in
            group.addTask { await self.look(until: end, asked: question) }
            group.addTask {
                try? await self.time.sleep(for: Self.lookPatience)
                return await self.look(until: end)
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if look == nil { logger.info("Forge does not tell whether a drawing was cut short") }
        return look
    }

    private func look(until end: Duration, asked question: ControlClient.Question? = nil) async -> ServerProgress? {
        var question = question
        var pause = Self.lookPause
        while time.now < end, !Task.isCancelled {
            let asked = question ?? control.askServerProgress(within: end - time.now)
            question = nil
            if let look = try? await control.serverProgress(answering: asked) { return look }
            try? await time.sleep(for: min(pause, max(.zero, end - time.now)))
            pause *= 2
        }
        return nil
    }

    /// How long the second try of a look waits, and each later one twice as long.
    private static let lookPause = Duration.milliseconds(10)
    /// How long one look may take before another is tried beside it.
    private static let lookPatience = Duration.milliseconds(300)
    /// How long the next request waits for the last look at most.
    private static let lookLimit = Duration.seconds(1)
}
