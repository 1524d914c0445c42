import Testing

@testable import ImageQueueCore

@Suite("The circuit breaker of a backend", .timeLimit(.minutes(1)))
struct CircuitBreakerTests {
    typealias Event = CircuitBreaker.Event
    typealias Action = CircuitBreaker.Action

    /// At a second, something happens, and this may be done.
    struct Step: Sendable {
        var at: Int
        var event: Event
        var action: Action

        init(_ at: Int, _ event: Event, _ action: Action) {
            self.at = at
            self.event = event
            self.action = action
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]
    }

    private static let broken = Event.failed(.backendFailed)

    private static func failing(_ count: Int, at second: Int = 0) -> [Step] {
        (0..<count).map { Step(second, broken, $0 < 4 ? .proceed : .wait(.seconds(60))) }
    }

    static let stories: [Story] = [
        Story(
            testDescription: "closed, whatever goes well",
            steps: [Step(0, .look, .proceed), Step(1, .well, .proceed), Step(2, .drew, .proceed)]
        ),
        Story(
            testDescription: "the fifth failure in a row opens it for a minute",
            steps: failing(5) + [
                Step(0, .look, .wait(.seconds(60))), Step(59, .look, .wait(.seconds(1))), Step(60, .look, .tryOne),
            ]
        ),
        Story(
            testDescription: "a picture between counts anew",
            steps: failing(4) + [Step(1, .drew, .proceed)] + failing(4)
        ),
        Story(
            testDescription: "what is a job's own fault or somebody's wish counts neither way",
            steps: failing(4)
                + [.rejectedInput, .outOfMemory, .interrupted, .interruptedByOther].map {
                    Step(1, .failed($0), .proceed)
                } + [Step(2, broken, .wait(.seconds(60)))]
        ),
        Story(
            testDescription: "the one try closes it",
            steps: failing(5) + [
                Step(60, .look, .tryOne), Step(61, .look, .tryOne), Step(62, .drew, .proceed),
                Step(63, .look, .proceed),
                Step(64, broken, .proceed),
            ]
        ),
        Story(
            testDescription: "the one try opens it again",
            steps: failing(5) + [
                Step(60, .look, .tryOne), Step(62, broken, .wait(.seconds(60))), Step(121, .look, .wait(.seconds(1))),
                Step(122, .look, .tryOne),
            ]
        ),
        Story(
            testDescription: "a try that says nothing of the backend is followed by another",
            steps: failing(5) + [
                Step(60, .look, .tryOne), Step(61, .failed(.rejectedInput), .tryOne), Step(62, .drew, .proceed),
            ]
        ),
        Story(
            testDescription: "put back to work by hand it is closed at once, and counts anew",
            steps: failing(5) + [Step(1, .added, .proceed), Step(1, .look, .proceed)] + failing(5, at: 2)
        ),
        Story(
            testDescription: "where drawing failed, saying that it is well is not enough",
            steps: failing(5) + [Step(60, .look, .tryOne), Step(60, .well, .tryOne), Step(61, .drew, .proceed)]
        ),
        Story(
            testDescription: "what was sent before it opened changes only for the better",
            steps: failing(5) + [
                Step(10, broken, .wait(.seconds(50))), Step(10, .failed(.unavailable), .wait(.seconds(50))),
                Step(10, .unwell, .wait(.seconds(50))), Step(10, .well, .wait(.seconds(50))), Step(20, .drew, .proceed),
            ]
        ),
        Story(
            testDescription: "what can't be reached opens it at once; the waits double up to a longest",
            steps: [(0, 1), (1, 2), (3, 4), (7, 8), (15, 16), (31, 30), (61, 30)].flatMap { at, wait in
                [Step(at, .look, at == 0 ? .proceed : .tryOne), Step(at, .unwell, .wait(.seconds(wait)))]
            }
        ),
        Story(
            testDescription: "it closes once it says that it is well, and the waits are short again",
            steps: [
                Step(0, .unwell, .wait(.seconds(1))), Step(1, .look, .tryOne), Step(1, .unwell, .wait(.seconds(2))),
                Step(3, .look, .tryOne), Step(3, .well, .proceed), Step(9, .unwell, .wait(.seconds(1))),
            ]
        ),
        Story(
            testDescription: "set aside for a job it is used again when it says that it is well, but its failures stay",
            steps: (0..<4).flatMap { number in
                let at = number * 10
                return [
                    Step(at, .failed(.modelBroken), .proceed), Step(at, .setAside(.seconds(3)), .wait(.seconds(3))),
                    Step(at + 2, .look, .wait(.seconds(1))), Step(at + 3, .look, .tryOne),
                    Step(at + 3, .well, .proceed),
                ]
            } + [Step(40, .failed(.modelBroken), .wait(.seconds(60)))]
        ),
        Story(
            testDescription: "one that says it is well, but can't begin a job, is asked ever more seldom",
            steps: [
                Step(0, .failed(.notReady), .wait(.seconds(1))), Step(1, .look, .tryOne), Step(1, .well, .tryOne),
                Step(1, .failed(.notReady), .wait(.seconds(2))), Step(3, .look, .tryOne), Step(3, .well, .tryOne),
                Step(4, .drew, .proceed), Step(5, .failed(.unavailable), .wait(.seconds(1))),
            ]
        ),
    ]

    @Test("Each event leads to what may be done", arguments: stories)
    func table(story: Story) {
        var breaker = CircuitBreaker()
        for (index, step) in story.steps.enumerated() {
            let action = breaker.on(step.event, at: .seconds(step.at))
            #expect(action == step.action, "step \(index): \(step.event) at \(step.at) s")
        }
    }

    @Test("Limit, times and what counts are the caller's")
    func configured() {
        var configuration = CircuitBreaker.Configuration()
        configuration.failureLimit = 2
        configuration.openTime = .seconds(3)
        configuration.counted = [.outOfMemory]
        var breaker = CircuitBreaker(configuration: configuration)
        #expect(breaker.on(.failed(.backendFailed), at: .zero) == .proceed)
        #expect(breaker.on(.failed(.outOfMemory), at: .zero) == .proceed)
        #expect(breaker.on(.failed(.outOfMemory), at: .zero) == .wait(.seconds(3)))
        #expect(breaker.state == .open(until: .seconds(3)))
        #expect(breaker.on(.look, at: .seconds(3)) == .tryOne)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.on(.drew, at: .seconds(4)) == .proceed)
        #expect(breaker.state == .closed)
    }
}
