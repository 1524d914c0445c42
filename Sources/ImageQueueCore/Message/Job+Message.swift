extension Job {
    /// A job that is no longer kept, as its message and its pictures tell it; `nil` for a message that is no job's, or
    /// whose job has not ended.
    package init?(rememberedBy message: Message, images: [GeneratedImage], template: ImageURLTemplate) {
        guard let id = message.metadata["job_id"]?.stringValue.flatMap(JobID.init) else { return nil }
        let failure = message.metadata["error_code"]?.stringValue.map { code in
            JobFailure(
                code: JobFailure.Code(rawValue: code),
                message: message.metadata["error"]?.stringValue ?? ""
            )
        }
        let state: JobState
        switch message.metadata["status"]?.stringValue {
        case "complete": state = .complete
        case "error": state = failure?.code == .cancelled ? .cancelled : .failed
        default: return nil
        }
        self.init(
            id: id,
            messageID: message.id,
            conversation: message.conversation,
            owner: message.owner,
            state: state,
            priority: .normal,
            request: TextToImageRequest(prompt: message.metadata["prompt"]?.stringValue ?? ""),
            attempt: images.map(\.attempt).max() ?? 0,
            batch: message.metadata["batch_id"]?.stringValue.flatMap(JobID.init),
            retryOf: message.metadata["retry_of"]?.stringValue.flatMap(JobID.init),
            images: images,
            imageURLs: images.map { template.url(forPath: $0.path) },
            failure: failure,
            createdAt: message.createdAt,
            finishedAt: message.updatedAt,
            metadata: message.metadata
        )
    }
}
