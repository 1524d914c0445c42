extension MemoryState {
    mutating func standing(of lease: Lease, at now: StoreMoment) -> LeaseStanding {
        guard mayGoOn(lease.worker, at: now), let job = jobs[lease.job], job.isHeld(by: lease) else { return .lost }
        if let mode = job.lifecycle.cancelRequested { return .cancelRequested(mode) }
        return job.lifecycle.state == .queued && mustGoBack(job, at: now) ? .returnRequested : .held
    }

    /// Whether a reserved job has to make room.
    private func mustGoBack(_ job: JobRecord, at now: StoreMoment) -> Bool {
        if isPaused || job.lease.map({ drained.contains($0.backend) }) == true { return true }
        guard job.lane == nil, let id = job.lease?.worker, let worker = workers[id]?.registration,
            worker.scope == .anyJob
        else { return false }
        // It stands back for another job of its own owner, which would take its place in the count.
        let full = ownersAtLimit(for: worker, without: job.id)
        let before = order.places(inLane: nil).lazy.prefix { $0.priority > job.priority }
        return before.compactMap { self.job(seq: $0.seq) }
            .contains { $0.mayBegin(at: now) && !$0.lifecycle.isSuspect && !full.contains($0.owner) }
    }

    mutating func begin(_ lease: Lease, at now: StoreMoment) throws {
        var job = try held(lease)
        guard job.lifecycle.state == .queued, mayGoOn(lease.worker, at: now) else { throw Self.stale(lease.job) }
        beginDrawing(&job, at: now)
        try apply(.begin, to: &job, at: now)
        progressChanged.insert(job.id)
    }

    /// A lower share than the one that was told is not told: progress never falls within an attempt.
    mutating func report(_ progress: JobProgress, for lease: Lease) throws {
        var job = try held(lease)
        guard let old = job.progress, progress.fraction >= old.fraction else { return }
        job.progress = JobProgress(
            fraction: progress.fraction,
            picturesDone: max(old.picturesDone, progress.picturesDone),
            remaining: progress.remaining
        )
        save(job)
        progressChanged.insert(job.id)
    }

    mutating func record(_ image: GeneratedImage, for lease: Lease, at now: StoreMoment) throws {
        var job = try held(lease)
        try Self.add([image], to: &job, at: now)
        if let old = job.progress {
            job.progress = JobProgress(
                fraction: old.fraction,
                picturesDone: max(old.picturesDone, job.images.count),
                remaining: old.remaining
            )
        }
        save(job)
        progressChanged.insert(job.id)
    }

    /// A picture that the job has already stays: the first whole file of a number is the result.
    ///
    /// - Throws: `stale_lease` if a number is taken, so that the caller removes its file.
    private static func add(_ images: [GeneratedImage], to job: inout JobRecord, at now: StoreMoment) throws {
        for image in images {
            guard !job.images.contains(where: { $0.number == image.number }) else { throw stale(job.id) }
            job.images.append(image)
        }
        job.images.sort { $0.number < $1.number }
        // A reserved job whose begin was refused, for a cancel that came first, though its request had left.
        if !images.isEmpty { job.startedAt = job.startedAt ?? now.wall }
    }

    mutating func settle(
        _ lease: Lease,
        as ending: AttemptEnding,
        beginning: Lease?,
        then next: ClaimRequest?,
        at now: StoreMoment
    ) throws -> Settlement {
        let state = try end(lease, as: ending, at: now)
        // Wishes, and never a reason to undo the ending.
        if let beginning { try? begin(beginning, at: now) }
        let claimed = next.flatMap { try? claim($0, at: now) }
        return Settlement(state: state, next: claimed)
    }

    private mutating func end(_ lease: Lease, as ending: AttemptEnding, at now: StoreMoment) throws -> JobState {
        var job = try held(lease)
        let begunAt = job.lifecycle.state == .processing ? job.begunAt : nil
        var pause = Duration.zero
        let event: JobLifecycle.Event
        switch ending {
        case .complete(let images):
            try Self.add(images, to: &job, at: now)
            event = .complete
        case .stopped(let stillDrawing):
            event = .stopped(stillDrawing: stillDrawing)
        case .failed(let failure):
            event = .fail(failure)
        case .retry(let failure, let after):
            pause = after
            event = .retry(failure, paused: after > .zero)
        case .released(let after):
            pause = after
            event = .release(paused: after > .zero)
        }
        try apply(event, to: &job, pause: pause, at: now)
        workers[lease.worker]?.jobs.remove(job.id)
        if job.lifecycle.state == .complete, let begunAt { noteDrawing(now.monotonic - begunAt) }
        return job.lifecycle.state
    }

    /// An average that forgets by a fifth with each job.
    private mutating func noteDrawing(_ duration: Duration) {
        usualDrawing = usualDrawing.map { ($0 * 4 + duration) / 5 } ?? duration
    }
}
