#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A worker's wish for a job.
public struct ClaimRequest: Sendable {
    /// Who asks. It must be registered.
    public var worker: WorkerID
    /// Where the job is to be drawn. The worker must hold this backend.
    public var backend: BackendID
    /// Whether the job is only reserved, to be begun later.
    public var isReserving: Bool
    /// How the backend stood when the worker looked last: if it stands otherwise by now, nothing is taken. `nil` asks for
    /// nothing but what any claim needs.
    public var ifStill: BackendBrief?
    /// Picks from the first candidates, in their order; at most 16 are offered. `nil` takes none.
    public var choose: @Sendable ([Candidate]) -> Int?
    /// Whether ``choose`` would pick the first candidate whatever stands behind it: a store need not look for the others then.
    public var takesFirst: @Sendable (Candidate) -> Bool

    /// A wish; without `choose` it takes the first candidate.
    public init(
        worker: WorkerID,
        backend: BackendID,
        isReserving: Bool = false,
        ifStill: BackendBrief? = nil,
        choose: (@Sendable ([Candidate]) -> Int?)? = nil,
        takesFirst: (@Sendable (Candidate) -> Bool)? = nil
    ) {
        self.worker = worker
        self.backend = backend
        self.isReserving = isReserving
        self.ifStill = ifStill
        let hasNoChoice = choose == nil
        self.takesFirst = takesFirst ?? { _ in hasNoChoice }
        self.choose = choose ?? { $0.isEmpty ? nil : 0 }
    }

    /// How many candidates are offered at most.
    public static let candidateLimit = 16

    /// A job that could be taken.
    public struct Candidate: Sendable, Hashable {
        /// The job.
        public var job: JobID
        /// Whose it is.
        public var owner: Owner
        /// Its priority.
        public var priority: Priority
        /// The checkpoint it asks for.
        public var model: String?
        /// Whether it must run alone.
        public var isSuspect: Bool
        /// How long it has waited.
        public var waited: Duration

        /// A candidate.
        public init(
            job: JobID,
            owner: Owner,
            priority: Priority,
            model: String?,
            isSuspect: Bool,
            waited: Duration
        ) {
            self.job = job
            self.owner = owner
            self.priority = priority
            self.model = model
            self.isSuspect = isSuspect
            self.waited = waited
        }
    }
}

/// A job in a worker's hands.
public struct ClaimedJob: Sendable, Equatable {
    /// The hold.
    public var lease: Lease
    /// The job as it was taken, with the pictures that earlier attempts have stored.
    public var job: Job
    /// Whether it must run with nothing else in this worker's hands.
    public var isSuspect: Bool
    /// How many attempts at it have failed before.
    public var failures: Int
    /// Whether an attempt before this one had begun to draw: the job's waiting ended then.
    public var hasBegunBefore: Bool
    /// From when on it waited: its submit, or the time at which it was to start.
    public var queuedAt: Date

    /// A claimed job.
    ///
    /// - Parameter queuedAt: `nil` for its submit.
    public init(
        lease: Lease,
        job: Job,
        isSuspect: Bool,
        failures: Int = 0,
        hasBegunBefore: Bool = false,
        queuedAt: Date? = nil
    ) {
        self.lease = lease
        self.job = job
        self.isSuspect = isSuspect
        self.failures = failures
        self.hasBegunBefore = hasBegunBefore
        self.queuedAt = queuedAt ?? job.createdAt
    }
}

/// How a worker ends an attempt.
public enum AttemptEnding: Sendable, Equatable {
    /// Every picture came; these are recorded with the ending.
    case complete([GeneratedImage])
    /// Stopped because of a cancel; the pictures recorded before stay.
    ///
    /// `stillDrawing`: the backend could not be stopped safely and goes on with a picture that is thrown away.
    case stopped(stillDrawing: Bool)
    /// Failed for good.
    case failed(JobFailure)
    /// Failed, and to be tried again after a pause.
    case retry(JobFailure, after: Duration)
    /// Given back, no try spent, to be offered again after a pause.
    case released(after: Duration)
}

/// What an ending led to.
public struct Settlement: Sendable, Equatable {
    /// Where the job stands now. A job with a cancel stored ends as cancelled whatever its attempt came to.
    public var state: JobState
    /// The next job, if one was asked for and could be had.
    public var next: ClaimedJob?

    /// A settlement.
    public init(state: JobState, next: ClaimedJob? = nil) {
        self.state = state
        self.next = next
    }
}
