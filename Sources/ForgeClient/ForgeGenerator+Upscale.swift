internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// What Forge lists of the upscaler that a task asks for; `nil` for a task that is none.
    ///
    /// A name that Forge does not know fails there as a 500, and leaves its progress stuck (FORGE.md, section 11).
    ///
    /// - Throws: `GenerationError`, of class `rejected_input` for a name that leads to nothing; `CancellationError`.
    func upscalerFinding(for task: DrawingTask) async throws -> UpscalerList.Finding? {
        guard case .upscale(let request) = task.request else { return nil }
        let (finding, known) = try await upscalerFinding(for: request.upscaler)
        switch finding {
        case .ready, .weightsUnknown:
            return finding
        case .unknown:
            let names = known.map { MessageText.clean($0, limit: 60) }.joined(separator: ", ")
            throw GenerationError(
                .rejectedInput,
                message: "Forge has no upscaler “\(shown(request))”. It has: \(MessageText.clean(names, limit: 600))."
            )
        case .changesNothing:
            throw GenerationError(
                .rejectedInput,
                message: "The upscaler “\(shown(request))” leaves a picture as it is: choose another."
            )
        }
    }

    /// What Forge lists of an upscaler, and the names of all; `weightsUnknown` where it lists none.
    ///
    /// - Throws: `CancellationError`.
    func upscalerFinding(for name: String) async throws -> (finding: UpscalerList.Finding, known: [String]) {
        var list = UpscalerList(entries: [])
        for age in [configuration.nameLifetime * 2, Self.justNow] {
            list.entries = try await names.names(within: age).upscalers ?? []
            if list.entries.isEmpty { return (.weightsUnknown, []) }
            let finding = list.finding(for: name)
            if finding != .unknown { return (finding, list.names) }
        }
        return (.unknown, list.names)
    }

    /// Finds out whether an upscaler whose weights are not known to be there had them: without them Forge resizes
    /// plainly and answers 200 (FORGE.md, section 11), byte for byte what its plain upscaler makes of the same picture.
    ///
    /// - Throws: `CancellationError`.
    func seeToWeights(of call: OpenCall, over exchange: any ForgeExchange) async throws {
        guard case .upscale(let request) = call.task.request,
            case .success(let reading) = try await end(of: call, over: exchange), let picture = reading.picture
        else { return }
        do {
            let plain = try await plainUpscale(of: call, request)
            guard plain.bytes == picture.bytes else { return }
            call.remarks.withLock {
                $0.append(Self.lacksWeights(request.upscaler))
            }
        } catch let error as GenerationError {
            logger.info("Forge's weights were not checked", metadata: ["error.code": "\(error.failureClass)"])
            call.remarks.withLock {
                $0.append("Whether Forge has the weights of “\(shown(request))” could not be found out.")
            }
        }
    }

    private func plainUpscale(of call: OpenCall, _ request: UpscaleRequest) async throws -> DrawnImage {
        let body = UpscaleBody(task: call.task, request: request, substitute: UpscalerList.plain)
        let comparison = OpenCall(
            CheckedTask(task: call.task),
            number: call.number,
            address: configuration.address,
            sent: time.now
        )
        let data = try await onOwnThread { try DrawingTask.json(body) }
        gate.update { $0.reopen(number: call.number) }
        let exchange = send(data, as: comparison)
        guard let picture = try await end(of: comparison, over: exchange).get().picture else {
            throw GenerationError(.malformedAnswer, message: "Forge answered without a picture.")
        }
        return picture
    }

    private func shown(_ request: UpscaleRequest) -> String { MessageText.clean(request.upscaler, limit: 100) }
}
