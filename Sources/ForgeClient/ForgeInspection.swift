public import ImageQueueCore

/// What a Forge tells of itself, as far as it answers.
public struct ForgeInspection: Sendable {
    /// The backend.
    public var backend: BackendID
    /// Why it can't draw now; `nil` for one that can.
    public var failure: GenerationError?
    /// Whether it draws now, for whomever.
    public var isDrawing = false
    /// Whether it can tell tasks apart; it can't with `--nowebui`. `nil` where that is not known.
    public var hasTaskIDs: Bool?
    /// Its version, such as `f2.0.1v1.10.1-1.10.1`; with `--nowebui` only a picture tells.
    public var version: String?
    /// The checkpoint that is chosen for a job that names none. It is loaded with the next such job.
    public var checkpoint: String?
    /// The names of its checkpoints; `nil` where they are not known.
    public var models: [String]?
}

extension ForgeGenerator {
    /// Asks a Forge what it is, by questions that wait for no drawing and change nothing.
    ///
    /// - Returns: What it tells; what it doesn't is `nil`, and ``ForgeInspection/failure`` says why it can't draw.
    /// - Throws: `CancellationError`.
    public func inspect() async throws -> ForgeInspection {
        var inspection = ForgeInspection(backend: backend)
        do {
            inspection.isDrawing = try await !control.serverProgress(closing: true).isIdle
            let hasTaskIDs = try await control.taskProgress(of: .nobodys) != nil
            inspection.hasTaskIDs = hasTaskIDs
            inspection.models = try await control.models()
            inspection.checkpoint = try await known { try await control.checkpoint() }
            if hasTaskIDs { inspection.version = try await known { try await control.version() } }
            if inspection.models?.isEmpty == true {
                inspection.failure = GenerationError(
                    .notReady,
                    message: "Forge at \(backend) has no checkpoint: put one in its folder and restart it."
                )
            }
        } catch let error as GenerationError {
            inspection.failure = error
        }
        return inspection
    }

    /// What is good to know, and no harm where it can't be had.
    private func known(_ question: () async throws -> String?) async throws -> String? {
        do { return try await question() } catch is GenerationError { return nil }
    }
}
