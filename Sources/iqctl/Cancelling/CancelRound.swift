internal import ImageQueueCore

/// How a wish to cancel a job ended.
struct CancelEnding: Sendable, Equatable {
    var job: JobID
    var outcome: CancelOutcome

    var status: ExitStatus {
        switch outcome {
        case .cancelled: .complete
        case .alreadyEnded: .failed
        case .requested: .gaveUpWaiting
        case .notFound: .noSuchJob
        }
    }

    var line: String {
        switch outcome {
        case .cancelled: "\(job)  cancelled"
        case .requested(stillDrawing: false): "\(job)  to be cancelled; it has not ended yet"
        case .requested(stillDrawing: true): "\(job)  to be cancelled; Forge can't be stopped and finishes the picture"
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
        var outcomes: [JobID: CancelOutcome] = [:]
        for job in jobs where outcomes[job] == nil {
            outcomes[job] = try await queue.cancel(job, mode: mode, as: requester)
        }
        try await settle(&outcomes, within: limit)
        var seen: Set<JobID> = []
        return jobs.compactMap { job in
            guard seen.insert(job).inserted, let outcome = outcomes[job] else { return nil }
            return CancelEnding(job: job, outcome: outcome)
        }
    }

    func cancel(matching filter: JobFilter, waiting limit: Duration?) async throws -> [CancelEnding] {
        var outcomes = try await queue.cancel(matching: filter, mode: mode, as: requester)
        try await settle(&outcomes, within: limit)
        return outcomes.sorted { $0.key < $1.key }.map { CancelEnding(job: $0.key, outcome: $0.value) }
    }

    /// Replaces "requested" by how the job ended, where it does so in time.
    private func settle(_ outcomes: inout [JobID: CancelOutcome], within limit: Duration?) async throws {
        let open = outcomes.filter { if case .requested = $0.value { true } else { false } }.keys
        guard let limit, !open.isEmpty else { return }
        let events = try await queue.events(matching: JobFilter(jobs: Set(open)), as: requester)
        let ended = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: limit)
                events.finish()
            }
            var ended: [JobID: CancelOutcome] = [:]
            for try await event in events where event.isFinal {
                guard let job = event.jobID else { continue }
                ended[job] = Self.outcome(of: event)
            }
            group.cancelAll()
            return ended
        }
        outcomes.merge(ended) { _, new in new }
    }

    private static func outcome(of event: JobEvent) -> CancelOutcome {
        if event.kind == .complete { return .alreadyEnded(.complete) }
        return event.failure?.code == .cancelled ? .cancelled : .alreadyEnded(.failed)
    }
}
