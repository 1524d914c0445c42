/// How long pictures take of late, and from that, when the next job is to be reserved: late, so that it can still be
/// passed by a more urgent one, but before the backend has nothing to do.
struct DrawingPace: Equatable {
    /// How long before a picture's expected end the next job is reserved.
    static let lead = Duration.seconds(1)

    /// An average that forgets by a fifth with each picture; `nil` before the first.
    private(set) var usual: Duration?

    /// A picture has taken so long.
    mutating func note(_ time: Duration) {
        usual = usual.map { ($0 * 4 + time) / 5 } ?? time
    }

    /// Whether pictures are shorter than the lead: the next job is then reserved at once.
    var isShort: Bool { usual.map { $0 < Self.lead } ?? false }

    /// How long to wait, at most, before looking again whether to reserve; zero for now.
    ///
    /// - Parameters:
    ///   - drawn: for how long the picture has been drawn.
    ///   - progress: the newest that its backend has told.
    func waitBeforeReserving(drawn: Duration, progress: DrawingProgress?) -> Duration {
        if isShort { return .zero }
        guard let left = left(drawn: drawn, progress: progress) else { return Self.lead / 4 }
        return max(.zero, min(left - Self.lead, Self.lead))
    }

    private func left(drawn: Duration, progress: DrawingProgress?) -> Duration? {
        if let remaining = progress?.remaining { return remaining }
        if let usual { return usual - drawn }
        // Told of a share alone, and nothing before to go by: as much again for each share.
        guard let fraction = progress?.fraction, fraction > 0.05 else { return nil }
        return drawn * (1 / fraction - 1)
    }
}
