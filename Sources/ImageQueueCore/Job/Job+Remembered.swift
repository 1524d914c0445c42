extension Job {
    /// A job whose row was pruned, as its message and its pictures tell it.
    package init(_ id: JobID, rememberedBy message: Message, images: [GeneratedImage], template: ImageURLTemplate) {
        func job(_ key: String) -> JobID? { message.metadata[key]?.stringValue.flatMap(JobID.init) }
        let failure = message.metadata["error_code"]?.stringValue.map { code in
            JobFailure(
                code: JobFailure.Code(rawValue: code),
                message: message.metadata["error"]?.stringValue ?? ""
            )
        }
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
