#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension MemoryState {
    /// Puts an event to the job's state machine and writes all that follows: the job, its message, the log.
    ///
    /// - Parameter pause: How long the job then waits at least, for an event that pauses it.
    /// - Throws: `stale_lease` where the machine refuses; nothing was changed.
    @discardableResult
    mutating func apply(
        _ event: JobLifecycle.Event,
        to job: inout JobRecord,
        pause: Duration = .zero,
        at now: StoreMoment
    ) throws -> JobLifecycle.Action {
        var lifecycle = job.lifecycle
        let action = lifecycle.on(event)
        if action == .refuse { throw Self.stale(job.id) }
        job.lifecycle = lifecycle
        job.notBefore = lifecycle.state == .scheduled ? now.wall.advanced(by: pause) : nil
        if !lifecycle.isHeld { job.lease = nil }
        if lifecycle.state != .processing { job.progress = nil }
        switch action {
        case .none, .askHolder, .refuse:
            save(job)
        case .offerAgain:
            save(job)
            log(job, at: now)
        case .endComplete:
            end(&job, nil, at: now)
        case .endFailed(let failure), .endCancelled(let failure):
            end(&job, failure, at: now)
        }
        return action
    }

    /// The end: job, message and event in one step.
    private mutating func end(_ job: inout JobRecord, _ failure: JobFailure?, at now: StoreMoment) {
        job.failure = failure
        job.finishedAt = now.wall
        save(job)
        let urls = imageURLs(of: job)
        patchMessage(
            job.messageID,
            content: failure.map(ImageMessage.errorContent)
                ?? ImageMessage.completeContent(prompt: job.request.prompt),
            merging: failure.map { ImageMessage.errorPatch($0, imageURLs: urls) }
                ?? ImageMessage.completePatch(imageURLs: urls),
            at: now
        )
        log(job, at: now)
    }

    /// Notes that an attempt's drawing begins: progress 0, and the deadline is met, whatever becomes of the attempt.
    func beginDrawing(_ job: inout JobRecord, at now: StoreMoment) {
        job.startedAt = now.wall
        job.deadline = nil
        job.begunAt = now.monotonic
        job.progress = JobProgress(fraction: 0, picturesDone: job.images.count)
    }
}
