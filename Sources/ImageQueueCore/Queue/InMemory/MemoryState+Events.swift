extension MemoryState {
    /// Where the log stands.
    var cursor: EventCursor { EventCursor(log: logIdentity, sequence: lastEvent) }

    private var lastEvent: Int64 { prunedThrough + Int64(events.count) }

    /// Appends QUEUED, COMPLETE or ERROR about a job as it stands.
    mutating func log(_ job: JobRecord, at now: StoreMoment) {
        let state = job.lifecycle.state
        let position = position(of: job)
        let kind: JobEvent.Kind =
            switch state {
            case .complete: .complete
            case .failed, .cancelled: .error
            case .scheduled, .queued, .processing: .queued
            }
        append(
            JobEvent(
                kind: kind,
                isFinal: state.isFinal,
                cursor: EventCursor(log: logIdentity, sequence: lastEvent + 1),
                at: now.wall,
                jobID: job.id,
                messageID: job.messageID,
                conversation: job.conversation,
                owner: job.owner,
                attempt: job.lifecycle.attempt,
                status: state.wireStatus,
                progress: state.loggedPercent(attempt: job.lifecycle.attempt),
                position: position,
                estimated: estimate(job, position: position),
                prompt: ImageMessage.excerpt(of: job.request.prompt),
                imageURLs: imageURLs(of: job),
                failure: job.failure
            )
        )
    }

    func events(
        after cursor: EventCursor,
        matching filter: JobFilter,
        as requester: Requester,
        limit: Int
    ) -> [JobEvent]? {
        guard cursor.log == logIdentity, (prunedThrough...lastEvent).contains(cursor.sequence) else { return nil }
        let matching = events[Int(cursor.sequence - prunedThrough)...].lazy.filter { event in
            requester.mayTouch(event.owner)
                && filter.owner.map { $0 == event.owner } ?? true
                && filter.conversation.map { $0 == event.conversation } ?? true
                && filter.jobs.map { jobs in event.jobID.map(jobs.contains) ?? false } ?? true
                && filter.batch.map { batch in event.jobID.flatMap { self.jobs[$0]?.batch } == batch } ?? true
        }
        return Array(matching.prefix(limit))
    }

    /// What is new since the last time this was asked; `nil` if nothing is.
    mutating func takeDelta() -> StoreDelta? {
        guard takenThrough < lastEvent || !progressChanged.isEmpty || isWorthALook else { return nil }
        let fresh = Array(events[Int(max(0, takenThrough - prunedThrough))...])
        let progress = progressChanged.compactMap { jobs[$0] }.filter { $0.lifecycle.state == .processing }
            .sorted { $0.seq < $1.seq }.map { JobEvent(snapshotOf: view($0), cursor: cursor) }
        let hasGap = takenThrough < prunedThrough
        forgetDelta()
        return StoreDelta(events: fresh, progress: progress, cursor: cursor, hasGap: hasGap)
    }

    /// As ``takeDelta()`` where nobody observes.
    mutating func forgetDelta() {
        takenThrough = lastEvent
        progressChanged.removeAll()
        isWorthALook = false
    }
}
