#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a worker says of itself when it registers.
public struct WorkerRegistration: Sendable, Hashable {
    /// The worker's id.
    public var id: WorkerID
    /// The machine's name.
    public var host: String
    /// The process's number on that machine.
    public var processID: Int32
    /// The backends it draws on.
    public var backends: [BackendID]
    /// Which jobs it takes.
    public var scope: WorkerScope
    /// For how long a lease holds without a renewal; 30 s is usual.
    public var leaseDuration: Duration
    /// How often the store renews this worker's leases, on a thread of its own; `nil` where the caller renews.
    public var renewalInterval: Duration?
    /// How a job that was reserved for this worker fails if the worker is gone.
    public var lossFailure: JobFailure
    /// Whether the queue draws once this worker has registered, if no other one lives.
    public var onStart: StartBehavior
    /// How many jobs of one owner may be in the hands of all workers, reserved ones included, for this one to take
    /// another; `nil` for any number.
    public var maximumPerOwner: Int?

    /// A registration.
    public init(
        id: WorkerID = .make(),
        host: String,
        processID: Int32,
        backends: [BackendID],
        scope: WorkerScope = .anyJob,
        leaseDuration: Duration = .seconds(30),
        renewalInterval: Duration? = .seconds(5),
        lossFailure: JobFailure = .simulatorGone,
        onStart: StartBehavior = .asItWas,
        maximumPerOwner: Int? = nil
    ) {
        self.id = id
        self.host = host
        self.processID = processID
        self.backends = backends
        self.scope = scope
        self.leaseDuration = leaseDuration
        self.renewalInterval = renewalInterval
        self.lossFailure = lossFailure
        self.onStart = onStart
        self.maximumPerOwner = maximumPerOwner
    }

    /// The owners of whom this worker takes no further job.
    ///
    /// - Parameter held: The owner of each job that any worker holds.
    package func ownersAtLimit(holding held: some Sequence<Owner>) -> Set<Owner> {
        guard let maximumPerOwner else { return [] }
        let counts = held.reduce(into: [Owner: Int]()) { $0[$1, default: 0] += 1 }
        return Set(counts.filter { $0.value >= maximumPerOwner }.keys)
    }
}

/// Which jobs a worker takes.
public enum WorkerScope: Sendable, Hashable {
    /// Whatever comes first, but for jobs that are reserved for another worker.
    case anyJob
    /// Only jobs that were submitted for this very worker.
    case reservedJobs
    /// Only these jobs, whatever stands before them.
    case jobs(Set<JobID>)

    /// Whether its jobs are taken in the order in which they stand.
    package var takesTurns: Bool { if case .jobs = self { false } else { true } }
}

/// A registered worker, as others see it.
public struct WorkerStatus: Sendable, Equatable {
    /// What it said of itself.
    public var registration: WorkerRegistration
    /// When it registered.
    public var startedAt: Date
    /// Whether its process lives, as the kernel says, and its lease lasts.
    public var isAlive: Bool
    /// The backends that it holds now.
    public var holds: [BackendID]
    /// The jobs in its hands.
    public var jobs: [JobID]

    /// A worker's status.
    public init(
        registration: WorkerRegistration,
        startedAt: Date,
        isAlive: Bool,
        holds: [BackendID],
        jobs: [JobID]
    ) {
        self.registration = registration
        self.startedAt = startedAt
        self.isAlive = isAlive
        self.holds = holds
        self.jobs = jobs
    }
}
