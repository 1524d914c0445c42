internal import ImageQueueCore

/// What became of a wish to cancel, as `--json` prints it.
struct CancelRecord: Encodable {
    let ending: CancelEnding

    private enum Key: String, CodingKey {
        case jobID = "job_id"
        case outcome, status
        case stillDrawing = "still_drawing"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(ending.job, forKey: .jobID)
        switch ending.outcome {
        case .cancelled:
            try fields.encode("cancelled", forKey: .outcome)
            try fields.encode(JobState.cancelled.wireStatus, forKey: .status)
        case .requested:
            try fields.encode("requested", forKey: .outcome)
        case .alreadyEnded(let state):
            try fields.encode("already_ended", forKey: .outcome)
            try fields.encode(state.wireStatus, forKey: .status)
        case .notFound:
            try fields.encode("not_found", forKey: .outcome)
        }
        if ending.isStillDrawing { try fields.encode(true, forKey: .stillDrawing) }
    }
}
