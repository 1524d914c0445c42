extension Job {
    /// A job whose row was pruned, as its message and its pictures tell it.
    package init(_ id: JobID, rememberedBy message: Message, images: [GeneratedImage], template: ImageURLTemplate) {
        func job(_ key: String) -> JobID? { message.metadata[key]?.stringValue.flatMap(JobID.init) }
        let told = message.metadata["error_code"]?.stringValue.map { code in
            JobFailure(
                code: JobFailure.Code(rawValue: code),
                message: message.metadata["error"]?.stringValue ?? ""
            )
        }
        // A host's own trigger or program may have kept the end out of the message.
        let isComplete = message.metadata["status"]?.stringValue == JobState.complete.wireStatus
        let failure = told ?? (isComplete ? nil : .unknownEnd)
        self.init(
            id: id,
            messageID: message.id,
            conversation: message.conversation,
            owner: message.owner,
            state: failure == nil ? .complete : failure?.code == .cancelled ? .cancelled : .failed,
            priority: .normal,
            request: .textToImage(TextToImageRequest(prompt: message.metadata["prompt"]?.stringValue ?? "")),
            attempt: images.map(\.attempt).max() ?? 0,
            batch: job("batch_id"),
            retryOf: job("retry_of"),
            images: images,
            imageURLs: images.map { template.url(forPath: $0.path) },
            failure: failure,
            createdAt: message.createdAt,
            finishedAt: message.updatedAt,
            metadata: message.metadata,
            isPruned: true,
            isRequestKnown: false
        )
    }
}

extension JobFailure {
    /// Of a job of which nothing is left that tells how it ended.
    fileprivate static let unknownEnd = JobFailure(
        code: .unreadable,
        message: "The job has ended and was removed, and its message does not tell how."
    )
}
