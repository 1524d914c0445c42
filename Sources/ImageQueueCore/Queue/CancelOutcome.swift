/// What became of a wish to cancel, at the moment of the answer.
public enum CancelOutcome: Sendable, Hashable {
    /// The job had not begun, or its holder was dead: it has ended, as cancelled.
    case cancelled
    /// The wish is stored and the job's holder carries it out; the job's final event confirms it.
    ///
    /// `stillDrawing`: its holder has told that the backend can't be stopped (see
    /// ``BackendReport/interruptibleKinds``): it goes on with a picture that is thrown away, if the request for one has
    /// left. Where that shows only later, the final event's message tells.
    case requested(stillDrawing: Bool)
    /// The job had ended before, in this state.
    case alreadyEnded(JobState)
    /// There is no such job, or it is somebody else's.
    case notFound
}
