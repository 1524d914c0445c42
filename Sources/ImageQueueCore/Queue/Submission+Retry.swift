extension Submission {
    /// The submission that tries an ended job again.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` if that can't be.
    init(retrying job: Job) throws {
        switch job.state {
        case .scheduled, .queued, .processing:
            throw Self.refusal("The job \(job.id) has not ended yet; there is nothing to try again.")
        case .complete:
            throw Self.refusal("The job \(job.id) is complete; submit its request anew for other pictures.")
        case .failed, .cancelled:
            break
        }
        self.init(request: try job.knownRequest())
        conversation = job.conversation
        owner = job.owner
        priority = job.submittedPriority
        retryOf = job.id
    }

    private static func refusal(_ message: String) -> QueueError {
        QueueError(code: .invalidRequest, message: message)
    }
}
