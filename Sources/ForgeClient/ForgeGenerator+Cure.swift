internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// What can be done about a failure before the next picture: another try then begins with a Forge that can draw.
    ///
    /// - Throws: `CancellationError`.
    func cure(_ error: GenerationError, after task: DrawingTask) async throws {
        switch error.cause {
        case let broken as BrokenModel: noteBroken(broken.name)
        case is LostModel where configuration.revivesModels: try await revive(after: task)
        default: if error.failureClass == .outOfMemory { try await unload() }
        }
    }

    /// Where memory did not suffice, the model is unloaded: another try begins with all that there is.
    private func unload() async throws {
        do {
            try await control.unloadCheckpoint()
        } catch let failure as GenerationError {
            logger.info("Forge did not unload its model", metadata: ["error.code": "\(failure.failureClass)"])
        }
    }

    /// Draws once with another model than the lost one: after that Forge loads the lost one again.
    private func revive(after task: DrawingTask) async throws {
        let models = try await names.names(within: configuration.nameLifetime).models ?? []
        var lost = task.request.model
        if lost == nil { lost = try await selectedModel() }
        let broken = brokenModels.withLock(\.self)
        for model in Revival(models: models, lost: lost, broken: broken).candidates {
            logger.info("Forge lost its model; drawing once with another", metadata: ["forge.model": "\(model)"])
            do {
                _ = try await drawOnce(CheckedTask(task: Revival.task(with: model))) { _ in }.image()
                return
            } catch let error as GenerationError {
                switch error.cause {
                case is BrokenModel: noteBroken(model)
                // It was this one that was lost.
                case is LostModel: continue
                default: return
                }
            }
        }
    }

    private func selectedModel() async throws -> String? {
        do { return try await control.checkpoint() } catch is GenerationError { return nil }
    }

    private func noteBroken(_ model: String) {
        brokenModels.withLock { models in
            // Names come from requests; who asks for so many of them has to see to it himself.
            if models.count < 1000 { models.insert(model) }
        }
    }
}

/// Which drawing brings a lost model back: a pure decision.
struct Revival: Sendable {
    var models: [ModelEntry]
    /// The lost model, by any name that Forge takes; `nil` where that is not known.
    var lost: String?
    /// What could not be loaded before.
    var broken: Set<String>

    /// A model that can't be loaded either costs a load: nobody tries a whole shelf.
    private static let tries = 3

    /// The titles of the models to try, in order.
    var candidates: [String] {
        let usable = models.filter { model in
            let isLost = lost.map { model.accepts($0) || CheckpointName($0).names(model: model.name, hash: model.hash) }
            return isLost != true && !broken.contains { model.accepts($0) }
        }
        return usable.prefix(Self.tries).map(\.title)
    }

    /// The smallest picture that there is.
    static func task(with model: String) -> DrawingTask {
        var request = TextToImageRequest(prompt: "a stone")
        request.width = 64
        request.height = 64
        request.steps = 1
        request.seed = 1
        request.model = model
        return DrawingTask(id: .nobodys, request: request)
    }
}
