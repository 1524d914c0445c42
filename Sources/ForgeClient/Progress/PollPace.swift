/// How long to wait before the next question about progress.
struct PollPace: Sendable, Equatable {
    /// The shortest wait.
    var shortest: Duration

    private static let longest = Duration.seconds(5)

    /// - Parameters:
    ///   - drawing: How long the picture has been drawn: a long one changes slowly.
    ///   - answering: How long the last round took: a Forge that answers slowly is asked less.
    ///   - questions: How many requests a round takes; the rate counts requests.
    func wait(drawing: Duration, answering: Duration, questions: Int = 1) -> Duration {
        let least = shortest * max(1, questions)
        let calm = min(drawing / 20, .seconds(1))
        return min(max(least, calm, answering * 4), max(least, Self.longest))
    }
}
