internal import ImageQueueConcurrency

/// What follows when a backend fails at a job: a pure decision by the kind of failure and how often the job failed
/// before.
public struct RetryPolicy: Sendable, Hashable {
    /// What a kind of failure leads to.
    public enum Rule: Sendable, Hashable {
        /// Tried so often in all, after pauses by exponential backoff and full jitter: anything from nothing to the
        /// bound (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
        case retry(tries: Int)
        /// Tried so often in all, at once.
        case retryAtOnce(tries: Int)
        /// Tried so often in all, after such a pause; this backend takes no job for a while, so that another one may.
        case elsewhere(tries: Int)
        /// The job fails.
        case failNow
        /// The fault is the backend's state: the job goes back, no try spent, and the backend is asked again later.
        case pauseBackend
    }

    /// What follows.
    public enum Decision: Sendable, Hashable {
        /// The fault is the backend's state: the job goes back, no try spent, and the backend is asked again later.
        case release
        /// The attempt failed; another one follows after a pause.
        case retry(after: Duration)
        /// The attempt failed; another one follows after a pause, and the backend is asked again later.
        case elsewhere(after: Duration)
        /// The job fails.
        case fail
    }

    /// The rules by kind of failure. A kind that is not named fails the job.
    public var rules: [GenerationError.FailureClass: Rule] = [
        .unavailable: .pauseBackend, .notReady: .pauseBackend, .unauthorized: .pauseBackend,
        .interruptedByOther: .retryAtOnce(tries: 5),
        .connectionLost: .retry(tries: 3), .timedOut: .retry(tries: 2), .malformedAnswer: .retry(tries: 2),
        .outOfMemory: .retry(tries: 2), .modelBroken: .elsewhere(tries: 3), .hung: .elsewhere(tries: 2),
        .rejectedInput: .failNow, .notAsAsked: .failNow, .backendFailed: .failNow,
    ]
    /// The longest pause after a first failure; it doubles with each further one.
    public var firstPause: Duration = .seconds(2)
    /// The longest pause of all.
    public var longestPause: Duration = .seconds(60)

    /// The usual rules.
    public init() {}

    /// Decides by the rule for a kind of failure.
    ///
    /// - Parameter failuresBefore: how many attempts at the job have failed already, for whatever reason.
    public func decide(_ failure: GenerationError.FailureClass, failuresBefore: Int) -> Decision {
        var generator = SystemChance()
        return decide(failure, failuresBefore: failuresBefore, using: &generator)
    }

    func decide(
        _ failure: GenerationError.FailureClass,
        failuresBefore: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        switch rules[failure] ?? .failNow {
        case .pauseBackend: return .release
        case .failNow: return .fail
        case .retryAtOnce(let tries): return failuresBefore + 1 < tries ? .retry(after: .zero) : .fail
        case .retry(let tries):
            guard failuresBefore + 1 < tries else { return .fail }
            return .retry(after: pause(failuresBefore, using: &generator))
        case .elsewhere(let tries):
            guard failuresBefore + 1 < tries else { return .fail }
            return .elsewhere(after: pause(failuresBefore, using: &generator))
        }
    }

    private func pause(_ failuresBefore: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = min(longestPause, firstPause * (1 << min(failuresBefore, 20)))
        let share = Double.random(in: 0...1, using: &generator)
        return .milliseconds(Int64(share * (bound / .milliseconds(1))))
    }
}
