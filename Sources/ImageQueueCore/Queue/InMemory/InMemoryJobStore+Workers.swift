extension InMemoryJobStore {
    /// See ``JobStore/register(_:)``.
    public func register(_ worker: WorkerRegistration) async throws {
        try write { state, now in try state.register(worker, at: now) }
    }

    /// See ``JobStore/unregister(_:)``.
    public func unregister(_ worker: WorkerID) async throws {
        try write { state, now in try state.unregister(worker, at: now) }
    }

    /// See ``JobStore/workers()``.
    public func workers() async throws -> [WorkerStatus] { read { state, now in state.workerStatuses(at: now) } }

    /// See ``JobStore/holdBackend(_:for:)``.
    public func holdBackend(_ backend: BackendID, for worker: WorkerID) async throws -> Bool {
        try write { state, now in try state.holdBackend(backend, for: worker, at: now) }
    }

    /// See ``JobStore/releaseBackend(_:by:)``.
    public func releaseBackend(_ backend: BackendID, by worker: WorkerID) async throws {
        try write { state, _ in state.releaseBackend(backend, by: worker) }
    }

    /// See ``JobStore/backends()``.
    public func backends() async throws -> [BackendStatus] { read { state, _ in state.backendStatuses() } }

    /// See ``JobStore/setDraining(_:backend:)``.
    public func setDraining(_ draining: Bool, backend: BackendID) async throws {
        try write { state, _ in try state.setDraining(draining, backend: backend) }
    }

    /// See ``JobStore/brief(on:)``.
    public func brief(on backend: BackendID) async throws -> BackendBrief {
        read { state, _ in state.brief(on: backend) }
    }

    /// See ``JobStore/note(_:on:by:)``.
    public func note(_ report: BackendReport, on backend: BackendID, by worker: WorkerID) async throws {
        try write { state, _ in state.note(report, on: backend, by: worker) }
    }

    /// See ``JobStore/orphans(on:)``.
    public func orphans(on backend: BackendID) async throws -> [DrawingTask.ID] {
        read { state, _ in state.orphans[backend] ?? [] }
    }

    /// See ``JobStore/noteOrphan(_:on:)``.
    public func noteOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws {
        try write { state, _ in state.noteOrphans([task], on: backend) }
    }

    /// See ``JobStore/forgetOrphan(_:on:)``.
    public func forgetOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws {
        try write { state, _ in state.forgetOrphan(task, on: backend) }
    }

    /// See ``JobStore/remains(limit:)``.
    public func remains(limit: Int) async throws -> [AttemptRemains] {
        read { state, _ in state.remains(limit: limit) }
    }

    /// See ``JobStore/forgetRemains(_:)``.
    public func forgetRemains(_ remains: AttemptRemains) async throws {
        try write { state, _ in state.forgetRemains(remains) }
    }

    /// See ``JobStore/renew(_:)``.
    public func renew(_ worker: WorkerID) async throws -> Bool {
        try write { state, now in state.renew(worker, at: now) }
    }

    /// See ``JobStore/claim(_:)``. `choose` is called under the store's lock and must not wait for it.
    public func claim(_ request: ClaimRequest) async throws -> ClaimedJob? {
        try write { state, now in try state.claim(request, at: now) }
    }

    /// See ``JobStore/begin(_:)``.
    public func begin(_ lease: Lease) async throws {
        try write { state, now in try state.begin(lease, at: now) }
    }

    /// See ``JobStore/standing(of:)``.
    public func standing(of lease: Lease) async throws -> LeaseStanding {
        try write { state, now in state.standing(of: lease, at: now) }
    }

    /// See ``JobStore/report(_:for:)``.
    public func report(_ progress: JobProgress, for lease: Lease) async throws {
        try write { state, _ in try state.report(progress, for: lease) }
    }

    /// See ``JobStore/record(_:for:)``.
    public func record(_ image: GeneratedImage, for lease: Lease) async throws {
        try write { state, now in try state.record(image, for: lease, at: now) }
    }

    /// See ``JobStore/settle(_:as:beginning:then:)``.
    public func settle(
        _ lease: Lease,
        as ending: AttemptEnding,
        beginning: Lease?,
        then next: ClaimRequest?
    ) async throws -> Settlement {
        try write { state, now in
            try state.settle(lease, as: ending, beginning: beginning, then: next, at: now)
        }
    }

    /// See ``JobStore/sweep()``.
    @discardableResult
    public func sweep() async throws -> Int { try write { state, now in try state.sweep(at: now) } }
}
