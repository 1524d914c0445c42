internal import ImageQueueCore

extension ForgeGenerator {
    /// A picture to draw, with its names as this Forge writes them.
    struct CheckedTask: Sendable {
        var task: DrawingTask
        /// The names that it does not know.
        var unknown: [UnknownName] = []
        /// What Forge lists of an upscale's upscaler; `nil` for what is drawn.
        var upscaler: UpscalerList.Finding?
        /// What else will not be as asked: a sentence each.
        var remarks: [String] = []
    }

    /// Looks the names of a request up before it is sent. What is unknown is asked for anew before that is said.
    ///
    /// - Throws: `GenerationError` of class `not_as_asked` for an unknown name in a strict request, as
    ///   ``upscalerFinding(for:)``; `CancellationError`.
    func checkNames(of task: DrawingTask) async throws -> CheckedTask {
        guard let drawing = task.request.drawing else {
            return CheckedTask(task: task, upscaler: try await upscalerFinding(for: task))
        }
        // Old ones are renewed beside a drawing or while idle, so that here nobody waits for that.
        var check = try await names.names(within: configuration.nameLifetime * 2).check(drawing)
        if !check.unknown.isEmpty { check = try await names.names(within: Self.justNow).check(drawing) }
        guard !drawing.isStrict || check.unknown.isEmpty else {
            throw GenerationError(.notAsAsked, message: check.unknown.map(\.sentence).joined(separator: " "))
        }
        var known = task
        known.request.drawing = check.request
        let remark = try await weightsRemark(for: check.request)
        return CheckedTask(task: known, unknown: check.unknown, remarks: remark.map { [$0] } ?? [])
    }

    /// Asks for the names if they are getting old: for moments in which no drawing waits for it.
    ///
    /// - Throws: `CancellationError`.
    func renewNames() async throws {
        guard !names.isFresh(within: configuration.nameLifetime) else { return }
        _ = try await names.names(within: configuration.nameLifetime)
    }

    /// Many jobs with a name that nobody knows don't ask each time.
    static let justNow = Duration.seconds(2)
}

extension ControlClient {
    /// All names that Forge takes, one question after the other. A list that can't be had is `nil`: an older Forge has
    /// none, and a question that gets no answer spares it the rest.
    ///
    /// - Throws: `CancellationError`.
    func knownNames() async throws -> KnownNames {
        var names = KnownNames()
        do {
            names.models = try await list(.models)
            names.samplers = try await list(.samplers)
            names.schedulers = try await list(.schedulers)
            names.upscalers = try await list(.upscalers)
            names.latentModes = try await list(.latentUpscaleModes)
        } catch is GenerationError {
            return names
        }
        return names
    }
}
