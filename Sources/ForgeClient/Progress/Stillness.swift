/// Measures for how long a drawing has not moved.
struct Stillness: Sendable, Equatable {
    /// What changes while a drawing moves.
    struct Mark: Sendable, Equatable {
        var fraction: Double
        var step: Int?
        var job: Int?
    }

    private var mark: Mark?
    private var since = Duration.zero

    init() {}

    /// - Parameter seen: How it stands; `nil` if it is not being drawn, as while it waits for others.
    /// - Returns: For how long it has stood like this.
    mutating func observe(_ seen: Mark?, at now: Duration) -> Duration {
        guard let seen else {
            mark = nil
            return .zero
        }
        if seen != mark {
            mark = seen
            since = now
        }
        return now - since
    }
}
