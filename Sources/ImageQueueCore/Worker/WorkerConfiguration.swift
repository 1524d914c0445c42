/// How a worker behaves.
public struct WorkerConfiguration: Sendable {
    /// Which jobs it takes.
    public var scope: WorkerScope = .anyJob
    /// The worker's id.
    public var id: WorkerID = .make()
    /// How a job that was submitted for this worker alone fails if the worker is gone.
    public var lossFailure: JobFailure = .simulatorGone
    /// Returns from `run()` once nothing can be claimed.
    public var stopsWhenDrained = false
    /// Gives a backend up, after giving its job back, when it is unavailable, instead of waiting for it; `run()` throws
    /// once all are, or if the others end with jobs left over.
    public var stopsWhenUnavailable = false
    /// How long a lease holds without a renewal; longer than ``renewalInterval``, and by more than its last tenth, or 200 ms,
    /// in which the worker has given it up already.
    public var leaseDuration: Duration = .seconds(30)
    /// How often leases are renewed.
    public var renewalInterval: Duration = .seconds(5)
    /// How long, at a graceful stop, the running picture may take before it is interrupted.
    public var stopGrace: Duration = .seconds(20)
    /// How long, after an interrupt at a graceful stop, the answer is waited for; how long a finished picture may still be on
    /// its way once its job is cancelled, or ``stopGrace`` is over; and how long a backend that can't be asked to stop a
    /// cancelled picture is asked again.
    public var interruptGrace: Duration = .seconds(5)
    /// How often an interrupt is repeated while the task goes on.
    public var interruptInterval: Duration = .seconds(2)
    /// When a backend is left alone, and for how long.
    public var breaker = CircuitBreaker.Configuration()
    /// How often it looks again at what it waits for; with nothing to do, a third as often for work that no doorbell told of.
    public var slowLook: Duration = .seconds(1)
    /// What follows when a backend fails at a job.
    public var retryPolicy = RetryPolicy()
    /// Whether the queue draws once this worker has registered, if no other one lives.
    public var onStart: StartBehavior = .asItWas
    /// How many jobs of one owner may be drawn at once, over all workers of the queue; `nil` for any number. A reserved job
    /// counts. Each worker keeps to its own, so give all of them the same.
    public var maximumPerOwner: Int?
    /// How long finished jobs and logged events are kept; `nil` for ever. Messages and pictures stay in any case.
    public var retention: Duration?
    /// How often it removes what dead attempts left, and what is older than the retention.
    public var housekeepingInterval: Duration = .seconds(5)
    /// The shortest time between two reports of progress.
    public var progressInterval: Duration = .milliseconds(100)

    /// The usual settings.
    public init() {}

    /// Refuses what no worker can run by: waits of no time, which would spin; a lease that ends before it is renewed.
    ///
    /// - Throws: ``QueueError`` with `invalid_request`, naming the setting.
    func validate() throws {
        func refuse(_ problem: String) -> QueueError {
            QueueError(code: .invalidRequest, message: "WorkerConfiguration: \(problem).")
        }
        let waits = [
            ("leaseDuration", leaseDuration), ("renewalInterval", renewalInterval), ("slowLook", slowLook),
            ("interruptInterval", interruptInterval), ("housekeepingInterval", housekeepingInterval),
            ("breaker.openTime", breaker.openTime), ("breaker.shortestWait", breaker.shortestWait),
            ("breaker.longestWait", breaker.longestWait),
        ]
        for (name, wait) in waits where wait <= .zero { throw refuse("\(name) must be longer than no time") }
        let times = [
            ("stopGrace", stopGrace), ("interruptGrace", interruptGrace), ("progressInterval", progressInterval),
            ("retention", retention ?? .zero),
        ]
        for (name, time) in times where time < .zero { throw refuse("\(name) must not be below zero") }
        let trusted = leaseDuration - LeaseTerm.margin(of: leaseDuration)
        guard renewalInterval < trusted else {
            throw refuse("renewalInterval must be shorter than the \(trusted) of the lease that a worker trusts")
        }
        if let maximumPerOwner, maximumPerOwner < 1 { throw refuse("maximumPerOwner must be 1 or more") }
    }
}
