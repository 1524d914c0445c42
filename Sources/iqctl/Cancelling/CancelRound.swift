internal import ImageQueueCore

/// How a wish to cancel a job ended.
struct CancelEnding: Sendable, Equatable {
    var job: JobID
    var outcome: CancelOutcome
    /// Forge could not be stopped and finishes the picture, which is thrown away.
    var isStillDrawing: Bool

    init(job: JobID, outcome: CancelOutcome) {
        self.job = job
        self.outcome = outcome
        isStillDrawing = outcome == .requested(stillDrawing: true)
    }

    /// The end that the job's final event tells.
    init(job: JobID, event: JobEvent) {
        self.job = job
        isStillDrawing = event.failure == .cancelledStillDrawing
        outcome =
            if event.kind == .complete {
                .alreadyEnded(.complete)
            } else if event.failure?.code == .cancelled {
                .cancelled
            } else {
                .alreadyEnded(.failed)
            }
    }

    var status: ExitStatus {
        switch outcome {
        case .cancelled: .complete
        case .alreadyEnded: .failed
        case .requested: .gaveUpWaiting
        case .notFound: .noSuchJob
        }
    }

    var line: String {
        let finishes = isStillDrawing ? "; Forge can't be stopped and finishes the picture, which is thrown away" : ""
        return switch outcome {
        case .cancelled: "\(job)  cancelled\(finishes)"
        case .requested: "\(job)  to be cancelled; it has not ended yet\(finishes)"
        case .alreadyEnded(.complete): "\(job)  had already ended: complete"
        case .alreadyEnded(.cancelled): "\(job)  had already ended: cancelled"
        case .alreadyEnded: "\(job)  had already ended: failed"
        case .notFound: "\(job)  no such job"
        }
    }
}

/// Cancels jobs and waits, for a while, until those that are being drawn have ended.
struct CancelRound: Sendable {
    let queue: ImageQueue
    let requester: Requester
    let mode: CancelMode

    func cancel(_ jobs: [JobID], waiting limit: Duration?) async throws -> [CancelEnding] {
        var endings: [JobID: CancelEnding] = [:]
        for job in jobs where endings[job] == nil {
            endings[job] = CancelEnding(job: job, outcome: try await queue.cancel(job, mode: mode, as: requester))
        }
        try await settle(&endings, within: limit)
        var seen: Set<JobID> = []
        return jobs.compactMap { seen.insert($0).inserted ? endings[$0] : nil }
    }

    func cancel(matching filter: JobFilter, waiting limit: Duration?) async throws -> [CancelEnding] {
        let outcomes = try await queue.cancel(matching: filter, mode: mode, as: requester)
        var endings: [JobID: CancelEnding] = [:]
        for (job, outcome) in outcomes { endings[job] = CancelEnding(job: job, outcome: outcome) }
        try await settle(&endings, within: limit)
        return endings.values.sorted { $0.job < $1.job }
    }

    /// Replaces "requested" by how the job ended, where it does so in time.
    private func settle(_ endings: inout [JobID: CancelEnding], within limit: Duration?) async throws {
        let open = endings.filter { if case .requested = $0.value.outcome { true } else { false } }.keys
        guard let limit, !open.isEmpty else { return }
        let events = try await queue.events(matching: JobFilter(jobs: Set(open)), as: requester)
        let ended = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: limit)
                events.finish()
            }
            var ended: [JobID: CancelEnding] = [:]
            for try await event in events where event.isFinal {
                guard let job = event.jobID else { continue }
                ended[job] = CancelEnding(job: job, event: event)
            }
            group.cancelAll()
            return ended
        }
        endings.merge(ended) { _, new in new }
    }
}
