extension JobEvent: Encodable {
    private enum Key: String, CodingKey {
        case event, final, seq, cursor, at, type
        case jobID = "job_id"
        case messageID = "message_id"
        case conversation = "conversation_id"
        case owner, attempt, status, progress
        case position = "queue_position"
        case estimated = "estimated_seconds"
        case prompt
        case imageURL = "image_url"
        case imageURLs = "image_urls"
        case error
        case errorCode = "error_code"
    }

    /// Writes the wire form: one object that every door uses; absent fields are left out.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(kind.rawValue, forKey: .event)
        try fields.encode(isFinal, forKey: .final)
        try fields.encode(cursor.sequence, forKey: .seq)
        try fields.encode(cursor.description, forKey: .cursor)
        try fields.encode(RFC3339.text(at), forKey: .at)
        try fields.encode("image_progress", forKey: .type)
        try fields.encodeIfPresent(failure?.message, forKey: .error)
        try fields.encodeIfPresent(failure?.code.rawValue, forKey: .errorCode)
        guard let jobID else { return }
        try fields.encode(jobID, forKey: .jobID)
        try fields.encodeIfPresent(messageID?.rawValue, forKey: .messageID)
        if conversation != .none { try fields.encode(conversation.rawValue, forKey: .conversation) }
        if owner != .nobody { try fields.encode(owner.rawValue, forKey: .owner) }
        try fields.encode(attempt, forKey: .attempt)
        try fields.encodeIfPresent(status, forKey: .status)
        try fields.encodeIfPresent(progress, forKey: .progress)
        try fields.encodeIfPresent(position, forKey: .position)
        try fields.encodeIfPresent(estimated.map(WireSeconds.init), forKey: .estimated)
        try fields.encodeIfPresent(prompt, forKey: .prompt)
        if let first = imageURLs.first {
            try fields.encode(first, forKey: .imageURL)
            try fields.encode(imageURLs, forKey: .imageURLs)
        }
    }
}

/// A duration as JSON shows it: seconds with at most one decimal.
package struct WireSeconds: Encodable, Sendable {
    package let duration: Duration

    package init(_ duration: Duration) { self.duration = duration }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(((duration / .seconds(1)) * 10).rounded() / 10)
    }
}
