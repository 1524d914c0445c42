/// How long to wait before the next question about progress.
struct PollPace: Sendable, Equatable {
    /// The shortest wait for each question of a round.
    var shortest: Duration

    private static let longest = Duration.seconds(10)

    /// The wait after a round.
    ///
    /// - Parameters:
    ///   - drawing: How long the picture has been drawn: a long one changes slowly.
    ///   - answering: How long the last round took: a Forge that answers slowly is asked less.
    ///   - questions: How many requests a round takes; the rate counts requests.
    func wait(drawing: Duration, answering: Duration, questions: Int = 1) -> Duration {
        let least = shortest * max(1, questions)
        let calm = min(drawing / 20, .seconds(1))
        return min(max(least, calm, answering * 4), max(least, Self.longest))
    }

    /// The wait before a picture's first round: half the shortest, so that short pictures show progress too, but not
    /// sooner than the rounds about the pictures before allow.
    ///
    /// - Parameter sinceLast: How long ago the last round, about whatever picture, ended; `nil` if there was none.
    func firstWait(sinceLast: Duration?, answering: Duration, questions: Int = 1) -> Duration {
        let early = shortest / 2
        guard let sinceLast else { return early }
        return max(early, wait(drawing: .zero, answering: answering, questions: questions) - sinceLast)
    }
}

/// The last round of questions, which paces the rounds about the next picture as well.
struct LastRound: Sendable, Equatable {
    var ended: Duration
    /// How long its answers took.
    var answering: Duration
}
