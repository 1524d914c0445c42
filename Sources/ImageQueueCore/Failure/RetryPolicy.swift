/// What follows when a backend fails at a job: a pure decision by the kind of failure and how often the job failed before.
public struct RetryPolicy: Sendable, Hashable {
    /// What follows.
    public enum Decision: Sendable, Hashable {
        /// The fault is the backend's state: the job goes back, no try spent, and the backend is asked again later.
        case release
        /// The attempt failed; another one follows after a pause.
        case retry(after: Duration)
        /// The job fails.
        case fail
    }

    /// How often jobs are tried, in all, for failures of a class; for every class that is not named, once.
    public var tries: [GenerationError.FailureClass: Int] = [
        .interruptedByOther: 5, .connectionLost: 3, .timedOut: 2, .malformedAnswer: 2, .outOfMemory: 2,
    ]
    /// The longest pause after a first failure; it doubles with each further one.
    public var firstPause: Duration = .seconds(2)
    /// The longest pause of all.
    public var longestPause: Duration = .seconds(60)

    /// The usual rules.
    public init() {}

    /// Decides, with a pause by exponential backoff and full jitter: anything from nothing to the longest
    /// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
    ///
    /// - Parameter failuresBefore: how many attempts at the job have failed already, for whatever reason.
    public func decide(_ failure: GenerationError.FailureClass, failuresBefore: Int) -> Decision {
        var generator = SystemRandomNumberGenerator()
        return decide(failure, failuresBefore: failuresBefore, using: &generator)
    }

    func decide(
        _ failure: GenerationError.FailureClass,
        failuresBefore: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        if failure.isBackendUnavailable { return .release }
        guard failuresBefore + 1 < tries[failure] ?? 1 else { return .fail }
        // Somebody who stops one picture does not stop the next for long: there is nothing to wait for.
        if failure == .interruptedByOther { return .retry(after: .zero) }
        let bound = min(longestPause, firstPause * (1 << min(failuresBefore, 20)))
        let share = Double.random(in: 0...1, using: &generator)
        return .retry(after: .milliseconds(Int64(share * (bound / .milliseconds(1)))))
    }
}
