import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("What follows a failure of the backend", .timeLimit(.minutes(1)))
struct RetryPolicyTests {
    @Test("The backend's own state spends no try, however often", arguments: [0, 3, 100])
    func unavailable(before: Int) {
        for failure in [GenerationError.FailureClass.unavailable, .notReady, .unauthorized] {
            #expect(RetryPolicy().decide(failure, failuresBefore: before) == .release)
        }
    }

    @Test("A refused request, what is not as asked and an unknown failure are never tried again")
    func final() {
        for failure in [GenerationError.FailureClass.rejectedInput, .notAsAsked, .backendFailed] {
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
        policy.rules[.connectionLost] = .retry(tries: 100)
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

    @Test("A backend that is broken or hangs is left for another one, a few times")
    func elsewhere() {
        for (failure, tries) in [(GenerationError.FailureClass.modelBroken, 3), (.hung, 2)] {
            for before in 0..<tries - 1 {
                guard case .elsewhere(let pause) = RetryPolicy().decide(failure, failuresBefore: before) else {
                    Issue.record("\(failure) is not tried elsewhere")
                    return
                }
                #expect(pause >= .zero && pause <= .seconds(4))
            }
            #expect(RetryPolicy().decide(failure, failuresBefore: tries - 1) == .fail)
        }
    }

    @Test("Every kind of failure has a rule, and each rule can be changed; what has none fails")
    func changed() {
        var policy = RetryPolicy()
        let kinds: [GenerationError.FailureClass] = [
            .unavailable, .notReady, .unauthorized, .rejectedInput, .backendFailed, .outOfMemory, .modelBroken, .hung,
            .malformedAnswer, .timedOut, .connectionLost, .interruptedByOther, .notAsAsked,
        ]
        #expect(Set(policy.rules.keys) == Set(kinds))
        for kind in kinds {
            policy.rules[kind] = .pauseBackend
            #expect(policy.decide(kind, failuresBefore: 9) == .release)
            policy.rules[kind] = .retryAtOnce(tries: 3)
            #expect(policy.decide(kind, failuresBefore: 1) == .retry(after: .zero))
            #expect(policy.decide(kind, failuresBefore: 2) == .fail)
            policy.rules[kind] = nil
            #expect(policy.decide(kind, failuresBefore: 0) == .fail)
        }
    }

    @Test("Tries are counted over all failures of a job")
    func tries() {
        #expect(RetryPolicy().decide(.connectionLost, failuresBefore: 2) == .fail)
        #expect(RetryPolicy().decide(.timedOut, failuresBefore: 1) == .fail)
    }
}
