internal import ImageQueueConcurrency

/// A ``JobStore`` in this process's memory: for tests, previews, and hosts whose jobs need not outlive them.
///
/// It obeys every law that the durable stores obey, and forgets everything with the process. Its workers live in the
/// same process: one that registers with a renewal interval counts as renewed for as long as it is registered.
///
/// Verbs answer at once, under one lock; they never suspend. Observers are called by whichever thread committed, in the
/// order of the commits, when something is new and not otherwise.
public final class InMemoryJobStore: Sendable {
    private let clock: StoreClock
    private let state: Lock<MemoryState>
    private let outbox = DeltaOutbox()
    private let metrics: StoreMetrics

    /// An empty store.
    public init(_ configuration: InMemoryStoreConfiguration = InMemoryStoreConfiguration()) {
        clock = configuration.clock
        metrics = configuration.metrics
        state = Lock(MemoryState(rules: configuration))
    }

    /// Declares a worker's process dead, as the kernel would tell another store: its leases are void from now on.
    ///
    /// For tests. What it held is settled by the next sweep, claim or hold of a backend.
    public func simulateDeath(of worker: WorkerID) {
        state.withLock { state in
            state.workers[worker]?.isDead = true
            state.processes.remove(worker)
        }
    }

    /// Runs a verb that may change something, and tells observers what it did, also where it throws in the end.
    func write<Value: Sendable>(_ verb: (inout MemoryState, StoreMoment) throws -> Value) throws -> Value {
        let (result, leasesTaken) = state.withLock { state in
            let result = Result { try verb(&state, StoreMoment(clock)) }
            defer { state.leasesTaken = 0 }
            if outbox.hasObservers {
                if let delta = state.takeDelta() { outbox.put(delta) }
            } else {
                state.forgetDelta()
            }
            return (result, state.leasesTaken)
        }
        metrics.leasesExpired(leasesTaken)
        outbox.carryOut()
        return try result.get()
    }

    /// Reads once what is overdue has been settled.
    func readSettled<Value: Sendable>(_ verb: (MemoryState, StoreMoment) throws -> Value) throws -> Value {
        try write { state, now in
            try state.sweep(at: now)
            return try verb(state, now)
        }
    }

    func read<Value: Sendable>(_ verb: (MemoryState, StoreMoment) throws -> Value) rethrows -> Value {
        try state.withLock { try verb($0, StoreMoment(clock)) }
    }

    /// See ``JobStore/observe(_:)``. `deliver` is called when something is new only.
    public func observe(_ deliver: @escaping @Sendable (StoreDelta) -> Void) async throws -> any StoreObservation {
        state.withLock { outbox.add(from: $0.cursor, deliver) }
    }
}
