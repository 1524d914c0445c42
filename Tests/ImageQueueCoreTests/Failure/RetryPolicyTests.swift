import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("What follows a failure of the backend", .timeLimit(.minutes(1)))
struct RetryPolicyTests {
    @Test("The backend's own state spends no try, however often", arguments: [0, 3, 100])
    func unavailable(before: Int) {
        for failure in [GenerationError.FailureClass.unavailable, .notReady] {
            #expect(RetryPolicy().decide(failure, failuresBefore: before) == .release)
        }
    }

    @Test("A refused request, a password and an unknown failure are never tried again")
    func final() {
        for failure in [GenerationError.FailureClass.rejectedInput, .unauthorized, .backendFailed] {
            #expect(RetryPolicy().decide(failure, failuresBefore: 0) == .fail)
        }
    }

    @Test("What somebody else cut short is drawn again at once, five times in all")
    func foreign() {
        for before in 0..<4 {
            #expect(RetryPolicy().decide(.interruptedByOther, failuresBefore: before) == .retry(after: .zero))
        }
        #expect(RetryPolicy().decide(.interruptedByOther, failuresBefore: 4) == .fail)
    }

    @Test("The pause is anything up to a bound that doubles, and stops growing")
    func backoff() {
        var policy = RetryPolicy()
        policy.tries[.connectionLost] = 100
        var generator = SeededGenerator(seed: 7)
        for (before, bound) in [(0, 2), (1, 4), (2, 8), (5, 60), (90, 60)] {
            var longest = Duration.zero
            for _ in 0..<200 {
                guard case .retry(let pause) = policy.decide(.connectionLost, failuresBefore: before, using: &generator)
                else {
                    Issue.record("no further try")
                    return
                }
                #expect(pause >= .zero && pause <= .seconds(bound))
                longest = max(longest, pause)
            }
            #expect(longest > .seconds(bound) * 0.9)
        }
    }

    @Test("Tries are counted over all failures of a job")
    func tries() {
        #expect(RetryPolicy().decide(.connectionLost, failuresBefore: 2) == .fail)
        #expect(RetryPolicy().decide(.timedOut, failuresBefore: 1) == .fail)
    }
}
