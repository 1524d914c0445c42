import ForgeClient
import ImageQueueCore

/// A Forge as `backends` prints it. What is not known is left out.
struct BackendRecord: Encodable {
    let inspection: ForgeInspection
    /// The worker that draws on it.
    let holder: WorkerID?

    /// `ready`, `drawing`, or the word of why it can't draw.
    var state: String {
        if let failure = inspection.failure { return "\(failure.failureClass)" }
        return inspection.isDrawing ? "drawing" : "ready"
    }

    /// Everything on one line.
    var line: String {
        let tasks = inspection.hasTaskIDs.map { $0 ? "task ids" : "no task ids" }
        let parts = [
            "\(inspection.backend)", state, holder.map { "held by \($0)" } ?? "held by nobody",
            inspection.checkpoint.map { "model \($0)" }, inspection.version.map { "version \($0)" }, tasks,
        ]
        return parts.compactMap(\.self).joined(separator: "  ")
    }

    private enum Key: String, CodingKey {
        case backend, state, error
        case workerID = "worker_id"
        case model, version, models
        case taskIDs = "task_ids"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode("\(inspection.backend)", forKey: .backend)
        try fields.encode(state, forKey: .state)
        try fields.encodeIfPresent(inspection.failure?.message, forKey: .error)
        try fields.encodeIfPresent(holder.map { "\($0)" }, forKey: .workerID)
        try fields.encodeIfPresent(inspection.checkpoint, forKey: .model)
        try fields.encodeIfPresent(inspection.version, forKey: .version)
        try fields.encodeIfPresent(inspection.models, forKey: .models)
        try fields.encodeIfPresent(inspection.hasTaskIDs, forKey: .taskIDs)
    }
}
