extension JobEvent {
    /// How a job stands now, told as the event that a watcher who comes late would have seen last.
    package init(snapshotOf job: Job, cursor: EventCursor) {
        let kind: Kind =
            switch job.state {
            case .scheduled, .queued: .queued
            case .processing: .progress
            case .complete: .complete
            case .failed, .cancelled: .error
            }
        self.init(
            kind: kind,
            isFinal: job.state.isFinal,
            cursor: cursor,
            at: job.finishedAt ?? job.startedAt ?? job.createdAt,
            jobID: job.id,
            messageID: job.messageID,
            conversation: job.conversation,
            owner: job.owner,
            attempt: job.attempt,
            status: job.state.wireStatus,
            progress: job.state == .processing ? job.percent : job.state.loggedPercent(attempt: job.attempt),
            position: job.position,
            estimated: job.estimated,
            prompt: ImageMessage.excerpt(of: job.request.prompt),
            imageURLs: job.imageURLs,
            failure: job.failure
        )
    }

    /// A new place in the queue, told as PROGRESS.
    package init(positionOf job: Job, cursor: EventCursor) {
        self.init(snapshotOf: job, cursor: cursor)
        kind = .progress
    }
}

extension JobState {
    /// The percentage that an event tells in this state, but for a job that is being drawn.
    ///
    /// A job that waits again tells none: within the attempt that its event names, progress would fall.
    package func loggedPercent(attempt: Int) -> Int? {
        switch self {
        case .complete: 100
        case .scheduled, .queued: attempt == 0 ? 0 : nil
        case .processing, .failed, .cancelled: nil
        }
    }
}
