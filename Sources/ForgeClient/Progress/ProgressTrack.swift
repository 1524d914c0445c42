internal import ImageQueueCore

/// Turns what Forge says of its progress into one that never falls and never says that it is done.
struct ProgressTrack: Sendable, Equatable {
    /// Only the answer itself makes it whole.
    static let ceiling = 0.99

    private(set) var fraction = 0.0

    /// What to tell, if it is news.
    mutating func take(fraction reported: Double?, eta: Double?) -> DrawingProgress? {
        guard let reported, reported.isFinite else { return nil }
        let clamped = min(max(reported, 0), Self.ceiling)
        guard clamped > fraction else { return nil }
        fraction = clamped
        // A guess of more than a day is none.
        let remaining = eta.flatMap { $0.isFinite && $0 >= 0 && $0 < 86_400 ? Duration.seconds($0) : nil }
        return DrawingProgress(fraction: clamped, remaining: remaining)
    }
}
