#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// A registered worker.
struct WorkerRecord: Sendable {
    var registration: WorkerRegistration
    var startedAt: Date
    /// Its lease, on the monotonic clock.
    var term: LeaseTerm
    /// Whether it was declared dead.
    var isDead = false
    var jobs: Set<JobID> = []

    /// A worker in this very process lives as long as the store; one that renews by itself must do so in time.
    func isAlive(at now: StoreMoment) -> Bool {
        !isDead && (registration.renewalInterval != nil || now.monotonic < term.end)
    }

    /// Whether the worker itself may believe in its lease.
    mutating func mayGoOn(at now: StoreMoment) -> Bool {
        !isDead && (registration.renewalInterval != nil || term.mayGoOn(at: now.monotonic))
    }
}

extension MemoryState {
    mutating func register(_ registration: WorkerRegistration, at now: StoreMoment) throws {
        // Its former life, if nobody but itself has noticed its end yet.
        if var old = workers[registration.id], !old.mayGoOn(at: now) { try bury(old, at: now) }
        let isJoining = workers.values.contains { $0.registration.id != registration.id && $0.isAlive(at: now) }
        switch registration.onStart {
        case .run where !isJoining: isPaused = false
        case .paused where !isJoining: isPaused = true
        case .run, .paused, .asItWas: break
        }
        if processes.insert(registration.id).inserted { disownRemains(of: registration.id) }
        workers[registration.id] = WorkerRecord(
            registration: registration,
            startedAt: now.wall,
            term: LeaseTerm(from: now.monotonic, lasting: registration.leaseDuration),
            jobs: workers[registration.id]?.jobs ?? []
        )
    }

    mutating func unregister(_ worker: WorkerID, at now: StoreMoment) throws {
        defer { processes.remove(worker) }
        guard let record = workers[worker] else { return }
        for id in record.jobs.sorted() {
            guard var job = jobs[id] else { continue }
            // Given away in mid-drawing, where it registers anew: its backend goes on.
            noteTraces(job)
            try apply(.release(paused: false), to: &job, at: now)
        }
        try remove(record, at: now)
    }

    func workerStatuses(at now: StoreMoment) -> [WorkerStatus] {
        workers.values.sorted {
            ($0.startedAt, $0.registration.id.rawValue) < ($1.startedAt, $1.registration.id.rawValue)
        }
        .map { worker in
            WorkerStatus(
                registration: worker.registration,
                startedAt: worker.startedAt,
                isAlive: worker.isAlive(at: now),
                holds: backends.filter { $0.value == worker.registration.id }.keys
                    .sorted { $0.rawValue < $1.rawValue },
                jobs: worker.jobs.sorted()
            )
        }
    }

    mutating func holdBackend(_ backend: BackendID, for worker: WorkerID, at now: StoreMoment) throws -> Bool {
        try sweep(except: worker, at: now)
        guard workers[worker] != nil else { throw Self.unregistered(worker) }
        let holder = backends[backend] ?? worker
        backends[backend] = holder
        return holder == worker
    }

    mutating func releaseBackend(_ backend: BackendID, by worker: WorkerID) {
        guard backends[backend] == worker else { return }
        backends[backend] = nil
        reports[backend] = nil
        additions[backend] = nil
    }

    mutating func renew(_ worker: WorkerID, at now: StoreMoment) -> Bool {
        guard let record = workers[worker], !record.isDead, !record.term.isLost else { return false }
        workers[worker]?.term.renew(from: now.monotonic)
        return true
    }

    /// Whether a worker may believe in its lease; it is told so for good.
    mutating func mayGoOn(_ worker: WorkerID, at now: StoreMoment) -> Bool {
        workers[worker]?.mayGoOn(at: now) ?? false
    }

    func isAlive(_ worker: WorkerID, at now: StoreMoment) -> Bool { workers[worker]?.isAlive(at: now) ?? false }

    /// Settles what the dead and the hung left, and what time brought; answers how many jobs changed.
    @discardableResult
    mutating func sweep(except living: WorkerID? = nil, at now: StoreMoment) throws -> Int {
        var changed = 0
        for worker in workers.values where worker.registration.id != living && !worker.isAlive(at: now) {
            changed += try bury(worker, at: now)
        }
        return changed + (try moveWhatIsDue(at: now))
    }

    @discardableResult
    private mutating func bury(_ worker: WorkerRecord, at now: StoreMoment) throws -> Int {
        var changed = 0
        for id in worker.jobs.sorted() {
            guard var job = jobs[id] else { continue }
            noteLoss(job)
            // What only this worker could draw is not offered again: it ends with the rest of the lane, below.
            if job.lane == worker.registration.id { continue }
            let lost = JobLifecycle.Event.holderLost(alone: worker.jobs.count == 1, limit: rules.deathLimit)
            // One that hangs was stopped from outside: that counts against no job.
            try apply(worker.isDead ? lost : .release(paused: false), to: &job, at: now)
            changed += 1
        }
        return changed + (try remove(worker, at: now))
    }

    /// Takes a worker off the list; what only it could have drawn fails. Answers how many jobs did.
    @discardableResult
    private mutating func remove(_ worker: WorkerRecord, at now: StoreMoment) throws -> Int {
        let id = worker.registration.id
        let orphans = jobs.values.filter { $0.lane == id && !$0.lifecycle.state.isFinal }.sorted { $0.seq < $1.seq }
        for var job in orphans { try apply(.abandon(worker.registration.lossFailure), to: &job, at: now) }
        for backend in backends.filter({ $0.value == id }).keys { releaseBackend(backend, by: id) }
        workers[id] = nil
        return orphans.count
    }

    /// Cancels jobs. Every wish is stored before a dead holder is buried, with all that it held: what was left would look as
    /// if it had been alone in the dead one's hands.
    mutating func cancel(_ jobs: [JobRecord], mode: CancelMode, at now: StoreMoment) throws -> [JobID: CancelOutcome] {
        var outcomes: [JobID: CancelOutcome] = [:]
        var dead: Set<WorkerID> = []
        for found in jobs {
            var job = found
            guard !job.lifecycle.state.isFinal else {
                outcomes[job.id] = .alreadyEnded(job.lifecycle.state)
                continue
            }
            let holder = job.lease.flatMap { workers[$0.worker] }
            try apply(.cancel(holderAlive: holder != nil, mode: mode), to: &job, at: now)
            if let holder, holder.isAlive(at: now) {
                isWorthALook = true
                let isWanted = job.lifecycle.cancelRequested == .now
                outcomes[job.id] = .requested(stillDrawing: isWanted && !isInterruptible(job))
            } else {
                outcomes[job.id] = .cancelled
                if let holder { dead.insert(holder.registration.id) }
            }
        }
        for worker in dead.compactMap({ workers[$0] }) { try bury(worker, at: now) }
        return outcomes
    }

    /// Whether the backend that draws a job can be stopped, by what its holder has told of it.
    private func isInterruptible(_ job: JobRecord) -> Bool {
        guard job.lifecycle.state == .processing, let lease = job.lease, backends[lease.backend] == lease.worker,
            let report = reports[lease.backend]
        else { return true }
        return report.interruptibleKinds.contains(job.request.kind)
    }
}
