/// Whether a backend is to be used: a pure decision by how it did of late.
///
/// Closed, it is used. It opens when the backend says, or shows, that it can't draw: at once if no job can begin there,
/// else after several failures in a row that speak of the backend and not of a job's input. Open, the backend is left
/// alone for a time; after that, half open, it gets one job, and closes or opens again by how that goes
/// (<https://learn.microsoft.com/en-us/azure/architecture/patterns/circuit-breaker>).
public struct CircuitBreaker: Sendable, Equatable {
    /// When it opens, and for how long.
    public struct Configuration: Sendable, Hashable {
        /// After how many failures in a row it opens: 5.
        public var failureLimit = 5
        /// How long it stays open after such failures: a try costs a job's try. A minute.
        public var openTime: Duration = .seconds(60)
        /// How long it stays open after the backend could not be reached or was not ready, which costs no try: a
        /// second, doubled each time.
        public var shortestWait: Duration = .seconds(1)
        /// The longest such time: 30 seconds.
        public var longestWait: Duration = .seconds(30)
        /// The failures at a job that count. Those of a backend that can't begin a job open it at once in any case.
        public var counted: Set<GenerationError.FailureClass> = [
            .backendFailed, .malformedAnswer, .timedOut, .connectionLost, .unauthorized, .modelBroken,
        ]

        /// The usual settings.
        public init() {}
    }

    /// How it stands. Times are since a moment that the caller chooses once.
    public enum State: Sendable, Hashable {
        /// The backend is used.
        case closed
        /// It is left alone until then.
        case open(until: Duration)
        /// It is tried with one job.
        case halfOpen
    }

    /// What happened.
    public enum Event: Sendable, Hashable {
        /// A picture came whole.
        case drew
        /// A job failed there.
        case failed(GenerationError.FailureClass)
        /// It was asked how it is, and is well.
        case well
        /// It was asked how it is, or to end an earlier drawing, and is not well.
        case unwell
        /// What failed there is to be tried elsewhere first, for so long.
        case setAside(Duration)
        /// Somebody wants to use it.
        case look
        /// Somebody has put it back to work by hand: what was is forgotten.
        case added
    }

    /// What may be done.
    public enum Action: Sendable, Hashable {
        /// Jobs may be claimed for it.
        case proceed
        /// One job may be claimed for it, and none beside that.
        case tryOne
        /// Nothing is to be asked of it for so long.
        case wait(Duration)
    }

    /// How it stands.
    public private(set) var state = State.closed
    private let configuration: Configuration
    /// The failures in a row that count.
    private var failures = 0
    /// How often in a row it opened because the backend could not begin a job.
    private var waits = 0
    /// Whether only a picture closes it: drawing failed, which a backend that says it is well may go on doing.
    private var needsPicture = false

    /// A closed one.
    public init(configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Takes an event, and answers with what may be done now.
    public mutating func on(_ event: Event, at now: Duration) -> Action {
        switch event {
        case .drew, .added: close()
        case .failed(let failure): take(failure, at: now)
        case .well:
            if state == .halfOpen, !needsPicture {
                state = .closed
                waits = 0
            }
        case .unwell: if !isOpen { open(for: nextWait(), at: now) }
        case .setAside(let time): if !isOpen { open(for: time, at: now) }
        case .look: if case .open(let end) = state, now >= end { state = .halfOpen }
        }
        return switch state {
        case .closed: .proceed
        case .halfOpen: .tryOne
        case .open(let end): .wait(max(.zero, end - now))
        }
    }

    /// Whether such a failure speaks of the backend, and not of a job's input or somebody's wish.
    func heeds(_ failure: GenerationError.FailureClass) -> Bool {
        failure.isBackendUnavailable || configuration.counted.contains(failure)
    }

    private var isOpen: Bool { if case .open = state { true } else { false } }

    private mutating func take(_ failure: GenerationError.FailureClass, at now: Duration) {
        let cannotBegin = failure.isBackendUnavailable
        // What fails while it is open had been sent before.
        guard !isOpen, heeds(failure) else { return }
        failures += 1
        let wasTried = state == .halfOpen
        guard cannotBegin || wasTried || failures >= configuration.failureLimit else { return }
        needsPicture = true
        open(for: cannotBegin ? nextWait() : configuration.openTime, at: now)
    }

    private mutating func nextWait() -> Duration {
        defer { waits += 1 }
        return min(configuration.longestWait, configuration.shortestWait * (1 << min(waits, 20)))
    }

    private mutating func open(for time: Duration, at now: Duration) { state = .open(until: now + time) }

    private mutating func close() { self = CircuitBreaker(configuration: configuration) }
}
