internal import ImageQueueConcurrency

/// The options and the checkpoint of a job.
extension Forge {
    /// Sets the options that the job asks for.
    /// - Returns: What puts them back.
    func applyOverrides(of request: GenerationRequest) throws -> @Sendable () -> Void {
        let overrides = request.overrides
        guard !overrides.members.isEmpty else { return {} }
        let before = try state.withLock { state -> OptionStore in
            for key in overrides.keys where !state.options.has(key) { throw ForgeException("KeyError", "'\(key)'") }
            let before = state.options
            for member in overrides.members {
                if member.key == "sd_model_checkpoint",
                    member.value.stringValue.flatMap({ state.shelf.model(named: $0) }) == nil
                {
                    continue
                }
                state.options[member.key] = member.value
            }
            return before
        }
        guard request.flag("override_settings_restore_afterwards") else {
            if let name = overrides["sd_model_checkpoint"]?.stringValue {
                state.withLock { state in
                    if state.shelf.model(named: name) != nil { state.selectModel(name) }
                }
            }
            return {}
        }
        return { [self] in
            state.withLock { state in
                for key in overrides.keys { state.options[key] = before[key] }
            }
        }
    }

    func loadModel(for request: GenerationRequest) async throws -> SimulatedModel {
        let override = request.overrides["sd_model_checkpoint"]?.stringValue
        switch state.withLock({ $0.shelf.demand(override: override) }) {
        case .ready(let model): return model
        case .noModels:
            let message = "You do not have any model! Please download at least one model in [models/Stable-diffusion]."
            throw ForgeException("ValueError", message)
        case .poisoned:
            throw ForgeException("AttributeError", "'NoneType' object has no attribute 'sd_checkpoint_info'")
        case .load(let model):
            try await sleep(configuration.modelLoadTime)
            let isLoaded = state.withLock { state in
                guard state.shelf.finishLoading(model) else { return false }
                state.options["sd_checkpoint_hash"] = .string(model.sha256)
                return true
            }
            guard isLoaded else {
                throw ForgeException("ValueError", "Failed to recognize model type!")
            }
            return model
        }
    }
}

extension Forge.State {
    mutating func selectModel(_ name: String) {
        shelf.select(name)
        options["sd_model_checkpoint"] = .string(name)
    }
}
