import ImageQueueConcurrency

/// One attempt at one job, shared by the task that draws its pictures and the one that stores them.
final class JobRun: Sendable {
    let claimed: ClaimedJob
    let begun: RunStart
    private let state = Lock<Trouble?>(nil)

    /// Why an attempt can't come to its full end.
    enum Trouble: Sendable, Equatable {
        /// It ends so.
        case ending(AttemptEnding)
        /// The job is somebody else's now, as far as this worker can tell.
        case lost
    }

    init(_ claimed: ClaimedJob, begun: RunStart) {
        self.claimed = claimed
        self.begun = begun
    }

    var lease: Lease { claimed.lease }
    var job: Job { claimed.job }

    /// The pictures that earlier attempts have not stored, in order.
    var missing: [Int] {
        let stored = Set(job.images.map(\.number))
        return (0..<job.request.pictureCount).filter { !stored.contains($0) }
    }

    /// What went wrong first.
    var trouble: Trouble? { state.withLock { $0 } }

    /// Notes that something went wrong: the first counts, but for a loss, after which nothing else matters.
    func take(_ trouble: Trouble) {
        state.withLock { state in
            if state == nil || trouble == .lost { state = trouble }
        }
    }
}
