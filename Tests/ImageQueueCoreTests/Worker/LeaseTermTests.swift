import ImageQueueCore
import Testing

@Suite("How long a worker believes in its lease", .timeLimit(.minutes(1)))
struct LeaseTermTests {
    /// What a worker is told that asks at these times, one after another.
    private func answers(_ term: LeaseTerm, at times: Duration...) -> [Bool] {
        var term = term
        return times.map { term.mayGoOn(at: $0) }
    }

    @Test(
        "until a tenth of it is left, at least 200 ms, but half of a short one",
        arguments: [(30_000, 27_000), (2_000, 1_800), (1_000, 800), (300, 150)]
    )
    func margin(lease: Int, last: Int) {
        let start = Duration.seconds(100)
        let term = LeaseTerm(from: start, lasting: .milliseconds(lease))
        #expect(term.end == start + .milliseconds(lease))
        let end = start + .milliseconds(last)
        #expect(answers(term, at: start, end - .milliseconds(1), end) == [true, true, false])
    }

    @Test("A renewal prolongs it, and one that is older than the last shortens nothing")
    func renewal() {
        var term = LeaseTerm(from: .zero, lasting: .seconds(30))
        term.renew(from: .seconds(20))
        term.renew(from: .seconds(10))
        #expect(term.end == .seconds(50))
        #expect(answers(term, at: .seconds(46)) == [true])
    }

    @Test("A no is for good")
    func forGood() {
        var late = LeaseTerm(from: .zero, lasting: .seconds(30))
        _ = late.mayGoOn(at: .seconds(28))
        #expect(late.isLost)
        late.renew(from: .seconds(28))
        #expect(late.end == .seconds(30))
        #expect(answers(late, at: .seconds(1)) == [false])
        var swept = LeaseTerm(from: .zero, lasting: .seconds(30))
        swept.lose()
        #expect(answers(swept, at: .seconds(1)) == [false])
    }
}
