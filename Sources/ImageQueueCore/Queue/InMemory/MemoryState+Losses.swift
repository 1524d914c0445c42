/// An attempt that was taken from a worker.
struct LostAttempt: Sendable, Hashable {
    let job: JobID
    let attempt: Int
    /// A name that nobody has once another worker has taken the old one.
    var worker: WorkerID
}

/// What lost workers leave: pictures that their backends may still draw, and files that no row names.
extension MemoryState {
    /// A held job is about to be taken from a holder that is dead or hung.
    mutating func noteLoss(_ job: JobRecord) {
        guard job.lease != nil else { return }
        leasesTaken += 1
        noteTraces(job)
    }

    /// A held job is about to leave its holder's hands in the middle: its backend may go on,
    /// and its files may lie there.
    ///
    /// A reserved one counts too: its request goes out before its beginning is written down.
    mutating func noteTraces(_ job: JobRecord) {
        guard let lease = job.lease else { return }
        let left = DrawingTask.ID.orphans(
            of: lease.attempt,
            job: job.id,
            pictureCount: job.request.pictureCount,
            stored: job.images.map(\.number)
        )
        noteOrphans(left, on: lease.backend)
        lostAttempts.append(LostAttempt(job: job.id, attempt: lease.attempt, worker: lease.worker))
    }

    mutating func noteOrphans(_ tasks: [DrawingTask.ID], on backend: BackendID) {
        let known = orphans[backend, default: []]
        orphans[backend] = known + tasks.filter { !known.contains($0) }
    }

    mutating func forgetOrphan(_ task: DrawingTask.ID, on backend: BackendID) {
        orphans[backend]?.removeAll { $0 == task }
    }

    /// A former life of this worker is over, and another begins under its name.
    mutating func disownRemains(of worker: WorkerID) {
        let nobody = WorkerID.make()
        for place in lostAttempts.indices where lostAttempts[place].worker == worker {
            lostAttempts[place].worker = nobody
        }
    }

    func remains(limit: Int) -> [AttemptRemains] {
        let told = lostAttempts.lazy.filter { !processes.contains($0.worker) }.compactMap { lost -> AttemptRemains? in
            let images = jobs[lost.job]?.images ?? pruned[lost.job]?.images ?? []
            guard let createdAt = jobs[lost.job]?.createdAt ?? pruned[lost.job]?.createdAt else { return nil }
            return AttemptRemains(
                job: lost.job,
                attempt: lost.attempt,
                createdAt: createdAt,
                keeping: Set(images.map(\.path))
            )
        }
        return Array(told.prefix(limit))
    }

    mutating func forgetRemains(_ remains: AttemptRemains) {
        lostAttempts.removeAll { $0.job == remains.job && $0.attempt == remains.attempt }
    }
}
