extension MemoryState {
    func imageURLs(of job: JobRecord) -> [String] { job.images.map { rules.imageURLTemplate.url(forPath: $0.path) } }

    /// 1 + the jobs before it in its lane; `nil` unless it is queued. A reserved job is about to begin.
    func position(of job: JobRecord) -> Int? {
        guard job.lifecycle.state == .queued else { return nil }
        return job.lifecycle.isHeld ? 1 : order.position(of: job.place, inLane: job.lane)
    }

    /// The job as callers see it.
    func view(_ job: JobRecord) -> Job {
        let position = position(of: job)
        return Job(
            id: job.id,
            messageID: job.messageID,
            conversation: job.conversation,
            owner: job.owner,
            state: job.lifecycle.state,
            priority: job.priority,
            request: job.request,
            attempt: job.lifecycle.attempt,
            isCancelRequested: job.lifecycle.isCancelRequested,
            batch: job.batch,
            retryOf: job.retryOf,
            position: position,
            progress: job.progress,
            estimated: estimate(job, position: position),
            images: job.images,
            imageURLs: imageURLs(of: job),
            failure: job.failure,
            createdAt: job.createdAt,
            startedAt: job.startedAt,
            finishedAt: job.finishedAt,
            metadata: message(job.messageID)?.metadata ?? [:],
            isRaised: job.isRaised
        )
    }

    /// What the backend says, or the place times what a job took of late, shared by the backends that are held.
    func estimate(_ job: JobRecord, position: Int?) -> Duration? {
        if job.lifecycle.state == .processing { return job.progress?.remaining }
        guard let position, let usualDrawing else { return nil }
        let lanes = max(1, backends.count)
        return usualDrawing * ((position + lanes - 1) / lanes)
    }

    func matches(_ job: JobRecord, _ filter: JobFilter, as requester: Requester) -> Bool {
        requester.mayTouch(job.owner)
            && filter.states.map { $0.contains(job.lifecycle.state) } ?? true
            && filter.owner.map { $0 == job.owner } ?? true
            && filter.conversation.map { $0 == job.conversation } ?? true
            && filter.batch.map { $0 == job.batch } ?? true
            && filter.jobs.map { $0.contains(job.id) } ?? true
    }

    /// The jobs that match, oldest first. Named jobs are looked up, all others looked through.
    func records(matching filter: JobFilter, as requester: Requester) -> [JobRecord] {
        let candidates =
            if let named = filter.jobs {
                named.compactMap { jobs[$0] }.sorted { $0.seq < $1.seq }
            } else {
                jobIDs.compactMap { jobs[$0] }
            }
        return candidates.filter { matches($0, filter, as: requester) }
    }

    func counts(of owner: Owner?, as requester: Requester) -> JobCounts {
        let states = records(matching: JobFilter(owner: owner), as: requester).map(\.lifecycle.state)
        return JobCounts(states.reduce(into: [:]) { $0[$1, default: 0] += 1 })
    }

    func page(matching filter: JobFilter, as requester: Requester, after: PageToken?, limit: Int) -> JobPage {
        let newestFirst = records(matching: filter, as: requester).reversed().lazy
            .filter { job in after.map { job.seq < $0.rawValue } ?? true }
        let found = Array(newestFirst.prefix(limit + 1))
        let page = found.prefix(limit)
        return JobPage(
            jobs: page.map(view),
            next: found.count > limit ? page.last.map { PageToken(rawValue: $0.seq) } : nil
        )
    }

    func snapshot(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) -> StoreSnapshot {
        var filter = filter
        if filter.jobs == nil { filter.states = filter.states ?? JobFilter.unfinished }
        let page = page(matching: filter, as: requester, after: after, limit: limit)
        return StoreSnapshot(jobs: page.jobs.reversed(), cursor: cursor, next: page.next)
    }
}
