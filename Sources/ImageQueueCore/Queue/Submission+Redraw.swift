extension Submission {
    /// The metadata key under which a message names the job whose request is drawn once more.
    public static let againOfKey = "again_of"

    /// The submission that draws a job's request once more.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` if that can't be.
    init(of job: Job, redrawing redraw: Redraw) throws {
        self.init(request: try job.knownRequest())
        switch redraw {
        case .sameSeed: break
        case .newSeed, .similar:
            guard var drawing = request.drawing else {
                throw Self.redrawRefusal("The job \(job.id) draws nothing: it can only be done again as it was.")
            }
            try Self.change(&drawing, by: redraw, of: job)
            request.drawing = drawing
        }
        conversation = job.conversation
        owner = job.owner
        priority = job.submittedPriority
        metadata[Self.againOfKey] = .string(job.id.description)
    }

    private static func change(_ drawing: inout TextToImageRequest, by redraw: Redraw, of job: Job) throws {
        switch redraw {
        case .sameSeed: break
        case .newSeed: drawing.seed = -1
        case .similar(let picture, let strength):
            guard picture >= 0, picture < drawing.pictureCount else {
                throw redrawRefusal("The job \(job.id) has no picture \(job.name(ofPicture: picture)).")
            }
            guard strength > 0, strength <= 1 else {
                throw FieldRule.refusal("strength", "must be above 0 and at most 1, not \(strength)")
            }
            drawing.seed = Int64(drawing.seed(ofPicture: picture))
            drawing.subseed = -1
            drawing.subseedStrength = strength
        }
    }

    private static func redrawRefusal(_ message: String) -> QueueError {
        QueueError(code: .invalidRequest, message: message)
    }
}
