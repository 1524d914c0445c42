#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension MemoryState {
    /// At most this many jobs of a kind are moved by time at once, so that no claim takes long.
    private static let dueLimit = 100

    /// Moves what is due, sweeps up after the dead, and takes the next job for a backend that the worker holds.
    mutating func claim(_ request: ClaimRequest, at now: StoreMoment) throws -> ClaimedJob? {
        try sweep(except: request.worker, at: now)
        guard mayGoOn(request.worker, at: now), let worker = workers[request.worker] else {
            throw Self.unregistered(request.worker)
        }
        guard !isPaused, backends[request.backend] == request.worker, !drained.contains(request.backend) else {
            return nil
        }
        if let known = request.ifStill, known != brief(on: request.backend) { return nil }
        let held = worker.jobs.compactMap { jobs[$0] }
        if held.contains(where: \.lifecycle.isSuspect) { return nil }
        let candidates = candidates(for: worker, at: now)
        let offers = candidates.map { job in
            ClaimRequest.Candidate(
                job: job.id,
                owner: job.owner,
                priority: job.priority,
                model: job.request.model,
                isSuspect: job.lifecycle.isSuspect,
                waited: max(.zero, now.wall.elapsed(since: job.queuedAt))
            )
        }
        guard let choice = request.choose(offers), candidates.indices.contains(choice) else { return nil }
        // A suspect waits for empty hands, and what stands behind it waits for the suspect: hands would never be empty.
        guard held.isEmpty || !candidates[choice].lifecycle.isSuspect else { return nil }
        return try take(candidates[choice], request, at: now)
    }

    private mutating func take(
        _ chosen: JobRecord,
        _ request: ClaimRequest,
        at now: StoreMoment
    ) throws -> ClaimedJob {
        var job = chosen
        let lease = Lease(
            job: job.id,
            attempt: job.lifecycle.attempt + 1,
            nonce: .random(in: .min ... .max),
            worker: request.worker,
            backend: request.backend
        )
        job.lease = lease
        if !request.isReserving { beginDrawing(&job, at: now) }
        try apply(.claim(reserving: request.isReserving), to: &job, at: now)
        if !request.isReserving { progressChanged.insert(job.id) }
        workers[request.worker]?.jobs.insert(job.id)
        advanceVirtualTime(past: job, takenBy: workers[request.worker]?.registration.scope)
        return ClaimedJob(
            lease: lease,
            job: view(job),
            isSuspect: job.lifecycle.isSuspect,
            failures: job.lifecycle.failures,
            hasBegunBefore: chosen.startedAt != nil,
            queuedAt: chosen.queuedAt
        )
    }

    /// The first jobs, in their order, that this worker may take.
    private func candidates(for worker: WorkerRecord, at now: StoreMoment) -> [JobRecord] {
        let id = worker.registration.id
        let full = ownersAtLimit(for: worker.registration)
        func mayTake(_ job: JobRecord) -> Bool {
            job.mayBegin(at: now) && !full.contains(job.owner)
        }
        func first(inLane lane: WorkerID?) -> [JobRecord] {
            let jobs = order.places(inLane: lane).lazy.compactMap { self.job(seq: $0.seq) }
            return Array(jobs.filter(mayTake).prefix(ClaimRequest.candidateLimit))
        }
        let found: [JobRecord]
        switch worker.registration.scope {
        case .anyJob: found = first(inLane: id) + first(inLane: nil)
        case .reservedJobs: found = first(inLane: id)
        case .jobs(let named):
            // They are the worker's whatever stands before them: looked up, not searched for.
            found = named.compactMap { jobs[$0] }.filter { mayTake($0) && ($0.lane == nil || $0.lane == id) }
        }
        return Array(found.sorted { $0.place < $1.place }.prefix(ClaimRequest.candidateLimit))
    }

    /// The owners of whom a worker takes no further job.
    ///
    /// - Parameter reserved: A job that does not count.
    func ownersAtLimit(for worker: WorkerRegistration, without reserved: JobID? = nil) -> Set<Owner> {
        let held = workers.values.flatMap(\.jobs).filter { $0 != reserved }
        return worker.ownersAtLimit(holding: held.compactMap { jobs[$0]?.owner })
    }

    /// What time alone brings about: deadlines, starts, and a priority more after a long wait.
    /// Answers how many jobs changed.
    mutating func moveWhatIsDue(at now: StoreMoment) throws -> Int {
        let expired = due(order.expiring, by: now.wall)
        for var job in expired { try apply(.expire, to: &job, at: now) }
        let starting = due(order.scheduled, by: now.wall)
        for var job in starting {
            // Its submission's place, but none that lies in the past: its owner would overtake everybody.
            if job.lane == nil, job.lifecycle.attempt == 0, job.orderKey < order.virtualTime(job.priority) {
                job.orderKey = takeOrderKey(job.owner, job.priority)
            }
            try apply(.due, to: &job, at: now)
        }
        let raised = due(order.raisable, by: now.wall.advanced(by: .zero - rules.raiseAfter))
        for var job in raised {
            guard let higher = Priority(rawValue: job.priority.rawValue + 1) else { continue }
            job.isRaised = true
            job.priority = higher
            job.orderKey = takeOrderKey(job.owner, higher)
            save(job)
        }
        return expired.count + starting.count + raised.count
    }

    private func due(_ list: SortedList<TimedJob>, by moment: Date) -> [JobRecord] {
        list.elements.prefix(Self.dueLimit).prefix { $0.at <= moment }.compactMap { job(seq: $0.seq) }
    }

    static func unregistered(_ worker: WorkerID) -> QueueError {
        QueueError(code: .staleLease, message: "The worker \(worker) is not registered any more.")
    }
}
