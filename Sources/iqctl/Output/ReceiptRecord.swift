internal import ImageQueueCore

/// A receipt as `--json` prints it.
struct ReceiptRecord: Encodable {
    let receipt: SubmitReceipt
    /// How the job stands, where it was known by its key.
    var standing: Job?

    private enum Key: String, CodingKey {
        case jobID = "job_id"
        case messageID = "message_id"
        case userMessageID = "user_message_id"
        case status
        case queuePosition = "queue_position"
        case isRepeat = "repeat"
        case metadata
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(receipt.jobID, forKey: .jobID)
        try fields.encode(receipt.messageID.rawValue, forKey: .messageID)
        try fields.encodeIfPresent(receipt.userMessageID?.rawValue, forKey: .userMessageID)
        try fields.encode((standing?.state ?? .queued).wireStatus, forKey: .status)
        let position = if let standing { standing.position } else { receipt.position }
        try fields.encodeIfPresent(position, forKey: .queuePosition)
        if receipt.isRepeat { try fields.encode(true, forKey: .isRepeat) }
        try fields.encode(receipt.metadata, forKey: .metadata)
    }
}
