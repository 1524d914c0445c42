/// An idempotency key of a reply in a conversation. Two are one where they are the same bytes.
struct ReplyKey: Sendable, Hashable {
    let owner: Owner
    let conversation: ConversationID
    let key: [UInt8]

    init(owner: Owner, conversation: ConversationID, key: String) {
        self.owner = owner
        self.conversation = conversation
        self.key = Array(key.utf8)
    }
}

extension MemoryState {
    var nextMessageKey: Int64 { Int64(messages.count) + 1 }

    func message(_ id: MessageID) -> Message? {
        guard id.rawValue >= 1, id.rawValue <= Int64(messages.count) else { return nil }
        return messages[Int(id.rawValue) - 1]
    }

    func messages(
        of conversation: ConversationID,
        as requester: Requester,
        after: MessageID?,
        limit: Int
    ) -> [Message] {
        let ids = conversations[conversation] ?? []
        let later = ids.lazy.filter { id in after.map { id > $0 } ?? true }
        let visible = later.compactMap { message($0) }.filter { requester.mayTouch($0.owner) }
        return Array(visible.prefix(limit))
    }

    mutating func append(_ message: NewMessage, key: String?, at now: StoreMoment) -> Message {
        guard let key else { return insertMessage(message, at: now) }
        let replyKey = ReplyKey(owner: message.owner, conversation: message.conversation, key: key)
        if let first = replyKeys[replyKey].flatMap({ self.message($0) }) { return first }
        let stored = insertMessage(message, at: now)
        replyKeys[replyKey] = stored.id
        return stored
    }

    mutating func updateMessage(
        _ id: MessageID,
        content: String?,
        merging patch: Metadata,
        as requester: Requester,
        at now: StoreMoment
    ) throws -> Message {
        try ImageMessage.validate(patch)
        guard let old = message(id), requester.mayTouch(old.owner) else {
            throw QueueError(code: .notFound, message: "There is no message \(id).")
        }
        if !patch.isEmpty, case .object(let merged) = JSONValue.object(old.metadata).merging(.object(patch)) {
            try ImageMessage.validate(merged: merged, before: old.metadata)
        }
        return patchMessage(id, content: content, merging: patch, at: now) ?? old
    }

    mutating func insertMessage(_ message: NewMessage, at now: StoreMoment) -> Message {
        let stored = Message(
            id: MessageID(rawValue: nextMessageKey),
            conversation: message.conversation,
            owner: message.owner,
            role: message.role,
            content: message.content,
            metadata: message.metadata,
            createdAt: now.wall,
            updatedAt: now.wall
        )
        messages.append(stored)
        conversations[message.conversation, default: []].append(stored.id)
        return stored
    }

    @discardableResult
    mutating func patchMessage(
        _ id: MessageID,
        content: String?,
        merging patch: Metadata,
        at now: StoreMoment
    ) -> Message? {
        guard var message = message(id) else { return nil }
        if let content { message.content = content }
        if case .object(let merged) = JSONValue.object(message.metadata).merging(.object(patch)) {
            message.metadata = merged
        }
        message.updatedAt = now.wall
        messages[Int(id.rawValue) - 1] = message
        return message
    }
}
