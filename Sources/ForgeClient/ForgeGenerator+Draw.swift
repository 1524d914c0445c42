internal import Foundation
public import ImageQueueCore
internal import Logging
internal import Synchronization

extension ForgeGenerator {
    /// Draws one picture and answers with it.
    ///
    /// Waits for an earlier drawing of this generator's, and for what Forge may still do for it. A task that is
    /// cancelled gets `CancellationError` at once; Forge goes on.
    ///
    /// - Parameters:
    ///   - task: What to draw. Its id becomes Forge's `force_task_id`.
    ///   - onProgress: Called with rising fractions below 1, from any thread; must not block. Never called after the
    ///     return.
    /// - Throws: `GenerationError`, also for a drawing that was interrupted, by us or by others; `CancellationError`.
    public func draw(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> DrawnImage {
        let body = try JSONEncoder().encode(TextToImageBody(task: task))
        let number = try await admit(task.id)
        let call = OpenCall(task: task, number: number, address: configuration.address)
        let exchange = send(body, as: call)
        defer {
            gate.update { $0.leave(number: number) }
            exchange.abandon()
        }
        switch await follow(call, onProgress) {
        case .answered(let outcome, let look):
            let reading = try outcome.get()
            let verdict = Verdict(
                reading: reading,
                wasInterruptedByUs: gate.update { $0.isInterrupted(number: number) },
                wasCutShort: call.watch.withLock { $0.wasCutShort(reading.jobTimestamp, lastLook: look) }
            )
            return try verdict.picture()
        case .lost:
            logger.info("Forge lost a task", metadata: ["forge.task": "\(task.id)"])
            throw GenerationError(
                .connectionLost,
                message: "Forge at \(backend) no longer knows this drawing: it was restarted or has crashed."
            )
        case .tooLate:
            throw FailureReading(address: configuration.address, endpoint: .textToImage)
                .error(TransportError(kind: .timedOut, detail: ""))
        case .cancelled:
            throw CancellationError()
        }
    }

    private enum Finish: Sendable {
        case answered(OpenCall.Outcome, look: ServerProgress?)
        case lost
        case tooLate
        case cancelled
    }

    private func send(_ body: Data, as call: OpenCall) -> any ForgeExchange {
        let request = ForgeRequest(
            endpoint: .textToImage,
            body: body,
            timeout: configuration.generationTimeout,
            closesConnection: true
        )
        return generation.send(request, onHead: { call.head.fill(()) }) { [gate] result in
            // The gate learns of the end even if nobody waits for it any more.
            switch result {
            case .success:
                gate.update { $0.ended(number: call.number, answered: true) }
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

    /// Waits for the answer, beside it for signs that none will come.
    private func follow(
        _ call: OpenCall,
        _ onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async -> Finish {
        await withTaskGroup(of: Finish.self) { group in
            group.addTask { await self.answer(to: call) }
            group.addTask { await self.poll(call, onProgress) ? .lost : .cancelled }
            group.addTask {
                // `URLSession` has the same limit, but a limit that is only its own could fail to come.
                let isOver: Void? = try? await self.time.sleep(for: self.configuration.generationTimeout)
                return isOver == nil ? .cancelled : .tooLate
            }
            defer { group.cancelAll() }
            return await group.next() ?? .cancelled
        }
    }

    private func answer(to call: OpenCall) async -> Finish {
        do {
            try await call.head.value()
            // Now, for the next job of anybody's clears what is looked for.
            async let look = lastLook()
            let outcome = try await call.outcome.value()
            return .answered(outcome, look: await look)
        } catch {
            return .cancelled
        }
    }

    /// How the server stands right after our job, also where nobody else should be: a hand that presses Interrupt in the
    /// web page is enough. Without an answer the picture is taken for whole: the polls, too, have looked.
    private func lastLook() async -> ServerProgress? {
        try? await control.serverProgress(within: .seconds(2))
    }
}
