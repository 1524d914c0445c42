/// The messages of conversations, in the order of their ids.
public struct Conversations: Sendable {
    private let store: any JobStore

    init(store: any JobStore) {
        self.store = store
    }

    /// Appends a message. With a key, the same owner, conversation and key give the first message again.
    ///
    /// - Throws: ``QueueError``: `invalid_request`, `reserved_key`, `store_unavailable`.
    public func append(_ message: NewMessage, key: String? = nil) async throws -> Message {
        try message.validate()
        if let key { try Self.validate(key: key) }
        return try await store.append(message, key: key)
    }

    private static func validate(key: String) throws { try FieldRule.text("key", key, bytes: 1...255) }

    /// A conversation's messages after one of them, oldest first, at most `limit` (1…1000).
    ///
    /// A conversation is meant to be one owner's, or a few's: an owner's messages are looked for among all of it.
    ///
    /// - Throws: ``QueueError``: `invalid_request` for a limit out of range, `store_unavailable`;
    ///   or `CancellationError`.
    public func messages(
        of conversation: ConversationID,
        as requester: Requester = .operator,
        after: MessageID? = nil,
        limit: Int = 100
    ) async throws -> [Message] {
        try FieldRule.range("limit", limit, 1...1000)
        return try await store.messages(of: conversation, as: requester, after: after, limit: limit)
    }

    /// One message; `nil` if there is none or it isn't the requester's.
    ///
    /// - Throws: ``QueueError`` with code `store_unavailable`; or `CancellationError`.
    public func message(_ id: MessageID, as requester: Requester = .operator) async throws -> Message? {
        try await store.message(id, as: requester)
    }

    /// Changes a message's text, where given, and merges a patch into its metadata (RFC 7396: `null` deletes a key).
    ///
    /// - Throws: ``QueueError``: `not_found`; `reserved_key` for a key that only the queue writes; `invalid_request`;
    ///   `store_unavailable`.
    @discardableResult
    public func update(
        _ id: MessageID,
        content: String? = nil,
        merging patch: Metadata = [:],
        as requester: Requester = .operator
    ) async throws -> Message {
        if let content { try FieldRule.text("content", content, bytes: 0...1_048_576) }
        try ImageMessage.validate(patch)
        return try await store.updateMessage(id, content: content, merging: patch, as: requester)
    }

    /// Saves a reply that comes in pieces: one message, after the stream's end, exactly once.
    ///
    /// Called again with the same key, as after a lost answer, it is the same message. If the stream fails or the task
    /// is cancelled, nothing is saved.
    ///
    /// - Parameters:
    ///   - stream: The pieces of the text, at most 1 MiB together.
    ///   - reply: The message; its content is what stands before the first piece.
    ///   - key: Names this reply within its conversation and owner, 1…255 bytes.
    /// - Throws: ``QueueError``: `stream_failed` with the stream's error as cause; `invalid_request`; `reserved_key`;
    ///   `store_unavailable`; or `CancellationError`.
    public func saveReply<Pieces: AsyncSequence>(
        from stream: Pieces,
        as reply: NewMessage,
        key: String
    ) async throws -> Message where Pieces.Element == String {
        var reply = reply
        try reply.validate()
        // Before the stream is read, which can't be had again.
        try Self.validate(key: key)
        do {
            for try await piece in stream {
                reply.content += piece
                guard reply.content.utf8.count <= 1_048_576 else { break }
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw QueueError(
                code: .streamFailed,
                message: "The reply broke off after \(reply.content.utf8.count) bytes; nothing was saved.",
                cause: error
            )
        }
        try Task.checkCancellation()
        return try await append(reply, key: key)
    }
}
