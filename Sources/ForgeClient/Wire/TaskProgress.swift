internal import Foundation

/// What `POST /internal/progress` says of one task (FORGE.md, section 6).
struct TaskProgress: Decodable, Sendable, Equatable {
    var isActive: Bool
    var isQueued: Bool
    var isCompleted: Bool
    /// 0 to 1; `nil` unless active.
    var progress: Double?
    /// Seconds left; `nil` before the first step.
    var eta: Double?

    private enum Key: String, CodingKey {
        case active, queued, completed, progress, eta
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        isActive = try fields.decode(Bool.self, forKey: .active)
        isQueued = try fields.decode(Bool.self, forKey: .queued)
        isCompleted = try fields.decode(Bool.self, forKey: .completed)
        progress = fields.lenient(Double.self, .progress)
        eta = fields.lenient(Double.self, .eta)
    }
}

/// The body that asks for it.
struct TaskProgressQuestion: Encodable, Sendable {
    var id: String

    private enum Key: String, CodingKey {
        case id = "id_task"
        case livePreview = "live_preview"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        // A preview is a whole picture that nobody looks at.
        try fields.encode(false, forKey: .livePreview)
    }
}
