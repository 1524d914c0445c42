internal import ForgeClient
internal import ImageQueueCore

/// A Forge as `backends` prints it. What is not known is left out.
struct BackendRecord: Encodable {
    let inspection: ForgeInspection
    /// What the queue knows of it.
    let status: BackendStatus

    /// `ready`, `drawing`, or the word of why it can't draw.
    var state: String {
        if let failure = inspection.failure { return "\(failure.failureClass)" }
        return inspection.isDrawing ? "drawing" : "ready"
    }

    /// Everything on one line.
    var line: String {
        let tasks = inspection.hasTaskIDs.map { $0 ? "task ids" : "no task ids" }
        let parts = [
            "\(inspection.backend)", state, status.isDraining ? "drained" : nil,
            status.holder.map { "held by \($0)" } ?? "held by nobody",
            status.report.map { report in
                "breaker \(breaker(report).replacing("_", with: "-"))" + (end(report).map { " until \($0)" } ?? "")
            },
            status.report.map { $0.isShared ? "shared" : "exclusive" },
            inspection.checkpoint.map { "model \($0)" }, inspection.version.map { "version \($0)" }, tasks,
        ]
        return parts.compactMap(\.self).joined(separator: "  ")
    }

    private func breaker(_ report: BackendReport) -> String {
        switch report.breaker {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }

    /// When an open breaker lets the Forge be tried again.
    private func end(_ report: BackendReport) -> String? {
        if case .open(let date) = report.breaker { RFC3339.text(date) } else { nil }
    }

    private enum Key: String, CodingKey {
        case backend, state, error, drained, breaker, shared
        case breakerUntil = "breaker_until"
        case workerID = "worker_id"
        case model, version, models
        case taskIDs = "task_ids"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode("\(inspection.backend)", forKey: .backend)
        try fields.encode(state, forKey: .state)
        try fields.encodeIfPresent(inspection.failure?.message, forKey: .error)
        try fields.encode(status.isDraining, forKey: .drained)
        try fields.encodeIfPresent(status.holder.map { "\($0)" }, forKey: .workerID)
        try fields.encodeIfPresent(status.report.map(breaker), forKey: .breaker)
        try fields.encodeIfPresent(status.report.flatMap(end), forKey: .breakerUntil)
        try fields.encodeIfPresent(status.report?.isShared, forKey: .shared)
        try fields.encodeIfPresent(inspection.checkpoint, forKey: .model)
        try fields.encodeIfPresent(inspection.version, forKey: .version)
        try fields.encodeIfPresent(inspection.models, forKey: .models)
        try fields.encodeIfPresent(inspection.hasTaskIDs, forKey: .taskIDs)
    }
}
