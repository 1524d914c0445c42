/// Where a job stands.
///
/// The raw values are what a store keeps; they never change meaning.
public enum JobState: Int, Sendable, Hashable, CaseIterable, Codable {
    /// May not start before a certain time: asked for, or a pause after a failure.
    case scheduled = 0
    /// Waits for a backend.
    case queued = 1
    /// Is being drawn.
    case processing = 2
    /// Every picture is stored.
    case complete = 3
    /// Ended without its pictures.
    case failed = 4
    /// Ended by wish.
    case cancelled = 5

    /// Whether nothing about the job can change any more.
    public var isFinal: Bool {
        switch self {
        case .scheduled, .queued, .processing: false
        case .complete, .failed, .cancelled: true
        }
    }

    /// The word of the wire form: `queued` (also for scheduled), `processing`, `complete`,
    /// `error` (also for cancelled).
    public var wireStatus: String {
        switch self {
        case .scheduled, .queued: "queued"
        case .processing: "processing"
        case .complete: "complete"
        case .failed, .cancelled: "error"
        }
    }
}
