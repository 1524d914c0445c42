extension Submission {
    /// The metadata key under which a message names the job whose request is drawn once more.
    public static let againOfKey = "again_of"

    /// The submission that draws a job's request once more.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` if that can't be.
    init(of job: Job, redrawing redraw: Redraw) throws {
        guard !job.isPruned else {
            throw Self.redrawRefusal(
                "The job \(job.id) ended long ago, and its request is no longer kept; submit it anew."
            )
        }
        self.init(request: job.request)
        switch redraw {
        case .sameSeed: break
        case .newSeed: request.seed = -1
        case .similar(let picture, let strength):
            guard (0..<job.request.pictureCount).contains(picture) else {
                throw Self.redrawRefusal("The job \(job.id) has no picture \(picture): they count from 0.")
            }
            guard strength > 0, strength <= 1 else {
                throw FieldRule.refusal("strength", "must be above 0 and at most 1, not \(strength)")
            }
            request.seed = Int64(job.request.seed(ofPicture: picture))
            request.subseed = -1
            request.subseedStrength = strength
        }
        conversation = job.conversation
        owner = job.owner
        priority = job.priority
        metadata[Self.againOfKey] = .string(job.id.description)
    }

    private static func redrawRefusal(_ message: String) -> QueueError {
        QueueError(code: .invalidRequest, message: message)
    }
}
