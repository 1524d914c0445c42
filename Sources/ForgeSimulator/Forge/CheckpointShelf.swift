/// Which checkpoint is selected, which is loaded, and the trap between them (FORGE.md, section 4).
struct CheckpointShelf: Sendable, Equatable {
    /// What a job finds when it needs a model.
    enum Demand: Sendable, Equatable {
        case ready(SimulatedModel)
        /// It has to be loaded first; call ``finishLoading(_:)`` afterwards.
        case load(SimulatedModel)
        case noModels
        /// The model loaded before a failed load: its weights are gone while Forge thinks that they are there.
        case poisoned
    }

    private(set) var models: [SimulatedModel]
    /// The option `sd_model_checkpoint`: any accepted spelling of a name, as it was set.
    private(set) var selected: String
    /// The name that Forge believes loaded.
    private var marker: String?
    private var isPoisoned = false
    /// Files hashed by a first load; they show a hash in their title from then on.
    private var hashed: Set<String> = []

    init(models: [SimulatedModel]) {
        self.models = models
        selected = models.first?.title ?? ""
    }

    func model(named name: String) -> SimulatedModel? {
        models.first { [$0.name, $0.fileName, $0.title, $0.hash].contains(name) }
    }

    func isHashed(_ model: SimulatedModel) -> Bool { hashed.contains(model.name) }

    mutating func select(_ name: String) { selected = name }

    /// What stands in the way of a job for `override`, or for the selected model; unknown names are silently ignored.
    func demand(override: String?) -> Demand {
        guard !models.isEmpty else { return .noModels }
        let wanted = override.flatMap { model(named: $0) } ?? model(named: selected) ?? models[0]
        if wanted.name == marker { return isPoisoned ? .poisoned : .ready(wanted) }
        return .load(wanted)
    }

    /// Ends a load.
    /// - Returns: Whether the file could be read; if not, the model loaded before is poisoned.
    mutating func finishLoading(_ model: SimulatedModel) -> Bool {
        hashed.insert(model.name)
        guard !model.isBroken else {
            isPoisoned = marker != nil
            return false
        }
        marker = model.name
        isPoisoned = false
        return true
    }

    /// Frees the loaded model; a poisoned marker stays, as recorded.
    mutating func unload() {
        if !isPoisoned { marker = nil }
    }
}
