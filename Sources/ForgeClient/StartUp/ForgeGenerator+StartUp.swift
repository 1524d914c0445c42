internal import ImageQueueCore

extension ForgeGenerator {
    /// Makes sure that no drawing is sent to a Forge that has only just started. Costs nothing where no start was seen.
    ///
    /// - Throws: `GenerationError` of class `notReady` while it settles, or why it can't be asked; `CancellationError`.
    func awaitNoStartUp() async throws {
        if startUp.standing == .away { _ = try await control.serverProgress(closing: true) }
        guard case .settling(let left) = startUp.standing else { return }
        // Without a web page there is nothing that comes late (FORGE.md, section 1), and no such endpoint.
        guard try await control.taskProgress(of: .nobodys) != nil else { return startUp.end() }
        let seconds = max(1, Int((left / .seconds(1)).rounded(.up)))
        throw GenerationError(
            .notReady,
            message: "Forge at \(backend) has just started: it draws once it has answered for \(seconds) s more."
        )
    }
}

extension DrawingTask.ID {
    /// A task that no Forge knows: what matters is whether there is somebody to ask.
    static var nobodys: DrawingTask.ID { DrawingTask.ID(job: .make(), attempt: 1, number: 0) }
}
