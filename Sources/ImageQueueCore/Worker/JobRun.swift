internal import ImageQueueConcurrency

/// One attempt at one job, shared by the task that draws its pictures and the one that stores them.
final class JobRun: Sendable {
    let claimed: ClaimedJob
    let begun: RunStart
    private let state = Lock(State())

    private struct State {
        var trouble: Trouble?
        var unnamedFiles = 0
    }

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
    var trouble: Trouble? { state.withLock { $0.trouble } }

    /// Whether a file may lie there that the store has not been told of.
    var hasUnnamedFiles: Bool { state.withLock { $0.unnamedFiles > 0 } }

    /// A picture's file is about to be written.
    func willStore() { state.withLock { $0.unnamedFiles += 1 } }

    /// The store knows a picture's file.
    func didRecord() { state.withLock { $0.unnamedFiles -= 1 } }

    /// Notes that something went wrong: the first counts, but for a loss, after which nothing else matters.
    func take(_ trouble: Trouble) {
        state.withLock { state in
            if state.trouble == nil || trouble == .lost { state.trouble = trouble }
        }
    }
}
