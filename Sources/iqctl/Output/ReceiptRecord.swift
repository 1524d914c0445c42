import ImageQueueCore

/// A receipt as `--json` prints it.
struct ReceiptRecord: Encodable {
    let receipt: SubmitReceipt

    private enum Key: String, CodingKey {
        case jobID = "job_id"
        case messageID = "message_id"
        case userMessageID = "user_message_id"
        case status
        case queuePosition = "queue_position"
        case metadata
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(receipt.jobID, forKey: .jobID)
        try fields.encode(receipt.messageID.rawValue, forKey: .messageID)
        try fields.encodeIfPresent(receipt.userMessageID?.rawValue, forKey: .userMessageID)
        try fields.encode(JobState.queued.wireStatus, forKey: .status)
        try fields.encodeIfPresent(receipt.position, forKey: .queuePosition)
        try fields.encode(receipt.metadata, forKey: .metadata)
    }
}
