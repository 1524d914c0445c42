internal import ImageQueueConcurrency

/// The picture that is being drawn now, shared by the tasks that draw it, watch over it and tell how far it is.
final class PictureInHand: Sendable {
    let job: JobRun
    let task: DrawingTask
    /// Whether the job has no picture to be drawn after it.
    let isLast: Bool
    let begun: RunStart
    private let picturesBefore: Int
    /// Raised when the drawing is to be waited for no longer.
    let givenUp = Signal()
    private let state: Lock<State>

    private struct State {
        var supervision: DrawingSupervision
        var progress: DrawingProgress?
        var told = -1.0
    }

    init(
        job: JobRun,
        number: Int,
        inputs: [InputFile],
        picturesBefore: Int,
        isLast: Bool,
        supervision: DrawingSupervision,
        begun: RunStart
    ) {
        self.job = job
        self.isLast = isLast
        self.begun = begun
        self.picturesBefore = picturesBefore
        let id = DrawingTask.ID(job: job.job.id, attempt: job.lease.attempt, number: number)
        task = DrawingTask(id: id, request: job.job.request, inputs: inputs)
        state = Lock(State(supervision: supervision))
    }

    /// Puts something to the decision about the picture's early end.
    @discardableResult
    func supervise<Answer>(_ body: (inout sending DrawingSupervision) -> sending Answer) -> sending Answer {
        state.withLock { body(&$0.supervision) }
    }

    /// What has been decided about the picture's early end.
    var supervision: DrawingSupervision { state.withLock { $0.supervision } }

    /// The newest that its backend has told.
    var progress: DrawingProgress? { state.withLock { $0.progress } }

    func take(_ progress: DrawingProgress) { state.withLock { $0.progress = progress } }

    /// How far the whole job is, if that has risen since it was asked for last.
    func news() -> JobProgress? {
        state.withLock { state in
            guard let drawn = state.progress else { return nil }
            let count = task.request.pictureCount
            let fraction = (Double(picturesBefore) + min(max(drawn.fraction, 0), 1)) / Double(count)
            guard fraction > state.told else { return nil }
            state.told = fraction
            let left = count - picturesBefore - 1
            let remaining = drawn.remaining.map { remaining in
                drawn.fraction > 0.01 && left > 0
                    ? remaining + remaining / max(0.01, 1 - drawn.fraction) * left
                    : remaining
            }
            return JobProgress(fraction: fraction, picturesDone: picturesBefore, remaining: remaining)
        }
    }
}
