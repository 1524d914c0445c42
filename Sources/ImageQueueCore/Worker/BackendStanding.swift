internal import ImageQueueConcurrency
internal import Logging

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What a worker knows of one of its backends, over all that it draws there: whether it is to be used, and which model it
/// has loaded.
final class BackendStanding: Sendable {
    private let backend: BackendID
    private let worker: WorkerID
    private let clock: any Clock<Duration>
    private let begun: RunStart
    private let logger: Logger
    private let metrics: WorkerMetrics
    private let state: Lock<State>
    /// Raised when there is something else to be told of the backend, or nothing has been told yet.
    let changed = Signal()

    private struct State {
        var breaker: CircuitBreaker
        var choice = JobChoice()
        var interruptibleKinds: Set<ImageRequest.Kind>?
        /// Whether an opening was told that no closing has followed.
        var isTold = false
        /// The last answer that was numbered, and the last that failed.
        var answers = 0
        var failedAnswer = 0

        /// Nothing happens where a picture's answer began before that of a later failure: it tells nothing of now.
        mutating func take(
            _ event: CircuitBreaker.Event,
            of answer: Int?,
            at now: Duration
        ) -> CircuitBreaker.Action? {
            switch event {
            case .failed(let failure):
                choice.fail()
                if breaker.heeds(failure) { noteFailure(of: answer) }
            case .unwell, .setAside: noteFailure(of: answer)
            case .drew where answer.map({ $0 < failedAnswer }) ?? false: return nil
            default: break
            }
            return breaker.on(event, at: now)
        }

        private mutating func noteFailure(of answer: Int?) { failedAnswer = max(failedAnswer, answer ?? nextAnswer()) }

        mutating func nextAnswer() -> Int {
            answers += 1
            return answers
        }
    }

    init(of backend: BackendID, for worker: ImageWorker) {
        self.backend = backend
        self.worker = worker.id
        clock = worker.clock
        begun = worker.clock.measureStart()
        logger = worker.logger
        metrics = worker.metrics
        state = Lock(State(breaker: CircuitBreaker(configuration: worker.configuration.breaker)))
    }

    /// Whether jobs may be taken beside the one in hand.
    var isTrusted: Bool { state.withLock { $0.breaker.state == .closed } }

    /// Numbers an answer of the backend that begins now: what becomes of it is known later, perhaps after the next one's end.
    func beginAnswer() -> Int { state.withLock { $0.nextAnswer() } }

    /// Tells the breaker what happened.
    ///
    /// - Parameters:
    ///   - error: what to tell a person if it opens.
    ///   - answer: in which answer; without one, now.
    /// - Returns: nil where it says nothing of how the backend stands by now.
    @discardableResult
    func note(
        _ event: CircuitBreaker.Event,
        _ error: GenerationError? = nil,
        of answer: Int? = nil
    ) -> CircuitBreaker.Action? {
        let now = clock.elapsed(since: begun)
        let (action, told, hasChanged) = state.withLock { state in
            let before = state.breaker.state
            let action = state.take(event, of: answer, at: now)
            var told: Bool?
            switch action {
            case .wait where !state.isTold: told = true
            case .proceed where state.isTold: told = false
            case .wait, .proceed, .tryOne, nil: break
            }
            state.isTold = told ?? state.isTold
            return (action, told, state.breaker.state != before)
        }
        if hasChanged { changed.raise() }
        if let told { tell(isOpen: told, error) }
        return action
    }

    /// Takes in which drawings it can stop; a drawing may have shown more than was known.
    func note(interruptible kinds: Set<ImageRequest.Kind>) {
        let hasChanged = state.withLock { state in
            defer { state.interruptibleKinds = kinds }
            return state.interruptibleKinds != kinds
        }
        if hasChanged { changed.raise() }
    }

    /// How its breaker stands, as others are told.
    var breaker: BackendReport.Breaker {
        switch state.withLock({ $0.breaker.state }) {
        case .closed: .closed
        case .halfOpen: .halfOpen
        case .open(let end): .open(until: Date() + (end - clock.elapsed(since: begun)) / .seconds(1))
        }
    }

    private func tell(isOpen: Bool, _ error: GenerationError?) {
        metrics.breaker(isOpen: isOpen)
        var metadata: Logger.Metadata = ["forge.backend": "\(backend)"]
        if let error {
            metadata["error.code"] = "\(error.failureClass)"
            metadata["error.message"] = "\(error.message)"
        }
        if isOpen {
            logger.info("the backend is left alone until it is well", metadata: metadata)
        } else {
            logger.info("the backend is used again", metadata: metadata)
        }
    }

    /// A job that names this model begins there.
    func begin(_ model: String?) { state.withLock { $0.choice.begin(model) } }

    /// A job could not begin here, be it for the backend's sake or its own.
    func refused(_ job: JobID) { state.withLock { $0.choice.refuse(job) } }

    /// A wish for a job for this backend. Tell ``took(_:)`` what it brought.
    func claim(isReserving: Bool = false, ifStill brief: BackendBrief? = nil) -> ClaimRequest {
        ClaimRequest(
            worker: worker,
            backend: backend,
            isReserving: isReserving,
            ifStill: brief,
            choose: { candidates in self.state.withLock { $0.choice.choose(candidates) } },
            takesFirst: { first in self.state.withLock { $0.choice.takes(first) } }
        )
    }

    /// What a wish brought.
    func took(_ claimed: ClaimedJob?) {
        if let claimed { state.withLock { $0.choice.took(claimed.job.id) } }
    }
}
