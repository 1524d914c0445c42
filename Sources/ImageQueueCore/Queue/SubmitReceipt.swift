/// What a caller gets at once: the work is durable from here on.
public struct SubmitReceipt: Sendable, Hashable {
    /// The assistant's message that will hold the result.
    public var messageID: MessageID
    /// Names the work.
    public var jobID: JobID
    /// The user's own message, if the submission brought their words along.
    public var userMessageID: MessageID?
    /// Its place among those that wait, from 1; `nil` if it is scheduled for later.
    public var position: Int?
    /// The message's `extra_metadata`, with `job_id`.
    public var metadata: Metadata
    /// Whether this receipt was given before, for the same key.
    public var isRepeat: Bool

    /// A receipt.
    public init(
        messageID: MessageID,
        jobID: JobID,
        userMessageID: MessageID? = nil,
        position: Int?,
        metadata: Metadata,
        isRepeat: Bool = false
    ) {
        self.messageID = messageID
        self.jobID = jobID
        self.userMessageID = userMessageID
        self.position = position
        self.metadata = metadata
        self.isRepeat = isRepeat
    }
}
