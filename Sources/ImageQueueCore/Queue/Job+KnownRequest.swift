extension Job {
    /// What was submitted, to be submitted once more.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` where it is not known, or not what could be submitted.
    func knownRequest() throws -> ImageRequest {
        if isRequestKnown {
            try request.validate()
            return request
        }
        let reason =
            isPruned
            ? "The job \(id) ended long ago, and its request is no longer kept; submit it anew."
            : "This version can't read what is stored of the job \(id)'s request; submit it anew."
        throw QueueError(code: .invalidRequest, message: reason)
    }
}
