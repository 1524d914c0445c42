import Testing

@testable import ImageQueueCore

@Suite("When the next job is reserved", .timeLimit(.minutes(1)))
struct DrawingPaceTests {
    private func pace(_ times: Duration...) -> DrawingPace {
        times.reduce(into: DrawingPace()) { $0.note($1) }
    }

    @Test func shortPicturesReserveAtOnce() {
        #expect(pace(.milliseconds(50)).isShort)
        #expect(pace(.milliseconds(50)).waitBeforeReserving(drawn: .zero, progress: nil) == .zero)
        #expect(!pace(.seconds(1)).isShort)
        #expect(!pace().isShort)
    }

    @Test func theAverageForgetsByAFifth() {
        #expect(pace(.seconds(10), .seconds(5)).usual == .seconds(9))
    }

    @Test(
        arguments: [
            // The backend's own word goes first.
            (Duration.seconds(9), DrawingProgress(fraction: 0.5, remaining: .milliseconds(900)), Duration.zero),
            (.seconds(9), DrawingProgress(fraction: 0.5, remaining: .milliseconds(1500)), .milliseconds(500)),
            // Never longer than the lead between two looks: an estimate may fall at any time.
            (.seconds(2), DrawingProgress(fraction: 0.2, remaining: .seconds(60)), .seconds(1)),
        ]
    )
    func theRestIsToldByTheBackend(drawn: Duration, progress: DrawingProgress, wait: Duration) {
        #expect(pace(.seconds(10)).waitBeforeReserving(drawn: drawn, progress: progress) == wait)
    }

    @Test func withoutItByWhatPicturesTakeOfLate() {
        #expect(pace(.seconds(10)).waitBeforeReserving(drawn: .milliseconds(8700), progress: nil) == .milliseconds(300))
        #expect(pace(.seconds(10)).waitBeforeReserving(drawn: .seconds(11), progress: nil) == .zero)
    }

    @Test func orByTheShareThatIsDone() {
        let half = DrawingProgress(fraction: 0.5)
        #expect(pace().waitBeforeReserving(drawn: .milliseconds(800), progress: half) == .zero)
        #expect(pace().waitBeforeReserving(drawn: .milliseconds(1500), progress: half) == .milliseconds(500))
        // Nothing to go by: it looks again soon.
        let wait = pace().waitBeforeReserving(drawn: .seconds(3), progress: nil)
        #expect(wait > .zero && wait < .seconds(1))
    }
}
