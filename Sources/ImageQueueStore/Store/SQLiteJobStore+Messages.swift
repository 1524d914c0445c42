public import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension SQLiteJobStore {
    /// See ``JobStore/append(_:key:)``.
    public func append(_ message: NewMessage, key: String?) async throws -> Message {
        let metadata = try StoreJSON.text(message.metadata)
        return try await write { [rules] connection in
            let now = rules.time.wall()
            // A conversation's name can't hold a control character, so scopes never meet.
            let scope = "reply \(message.conversation.rawValue)"
            if let key {
                let kept = try connection.first(
                    "SELECT receipt FROM keys WHERE scope = ? AND owner = ? AND key = ?",
                    .text(scope),
                    .text(message.owner.rawValue),
                    .text(key)
                ) { try $0.text(0) }
                // Its host may have deleted it since; then it is saved anew.
                if let id = kept.flatMap({ Int64($0) }), let first = try connection.message(MessageID(rawValue: id)) {
                    return first
                }
            }
            let id = try connection.insertMessage(message, metadataText: metadata, at: now)
            if let key {
                try connection.execute(
                    """
                    INSERT INTO keys (scope, owner, key, request_hash, receipt, job_id, created_at)
                    VALUES (?, ?, ?, '', ?, NULL, ?)
                    ON CONFLICT DO UPDATE SET receipt = excluded.receipt, created_at = excluded.created_at
                    """,
                    .text(scope),
                    .text(message.owner.rawValue),
                    .text(key),
                    .text(String(id.rawValue)),
                    .integer(now)
                )
            }
            guard let stored = try connection.message(id) else { throw JobRow.damaged("no row for a new message") }
            return stored
        }
    }

    /// See ``JobStore/messages(of:as:after:limit:)``.
    public func messages(
        of conversation: ConversationID,
        as requester: Requester,
        after: MessageID?,
        limit: Int
    ) async throws -> [Message] {
        try await read { connection in
            var sql = "SELECT \(Connection.messageColumns) FROM messages WHERE conversation_id = ? AND id > ?"
            var arguments: [Value] = [.text(conversation.rawValue), .integer(after?.rawValue ?? 0)]
            if case .owner(let owner) = requester {
                sql += " AND owner = ?"
                arguments.append(.text(owner.rawValue))
            }
            arguments.append(.int(limit))
            return try connection.query(SQL(sql + " ORDER BY id LIMIT ?"), arguments: arguments) {
                try Connection.message($0)
            }
        }
    }

    /// See ``JobStore/message(_:as:)``.
    public func message(_ id: MessageID, as requester: Requester) async throws -> Message? {
        try await read { connection in
            guard let message = try connection.message(id), requester.mayTouch(message.owner) else { return nil }
            return message
        }
    }

    /// See ``JobStore/updateMessage(_:content:merging:as:)``.
    public func updateMessage(
        _ id: MessageID,
        content: String?,
        merging patch: Metadata,
        as requester: Requester
    ) async throws -> Message {
        try ImageMessage.validate(patch)
        let patchText = try StoreJSON.text(patch)
        return try await write { [rules] connection in
            guard let message = try connection.message(id), requester.mayTouch(message.owner) else {
                throw QueueError(code: .notFound, message: "There is no message \(id).")
            }
            try connection.patchMessage(id, content: content, patchText: patchText, at: rules.time.wall())
            guard let changed = try connection.message(id) else { throw JobRow.damaged("no row for a message") }
            if !patch.isEmpty { try ImageMessage.validate(merged: changed.metadata, before: message.metadata) }
            return changed
        }
    }
}

extension Connection {
    static let messageColumns = "id, conversation_id, owner, role, content, extra_metadata, created_at, updated_at"
    private static let messageByID = SQL("SELECT \(messageColumns) FROM messages WHERE id = ?")

    static func message(_ row: borrowing Row) throws -> Message {
        Message(
            id: MessageID(rawValue: try row.integer(0)),
            conversation: ConversationID(rawValue: try row.text(1)),
            owner: Owner(rawValue: try row.text(2)),
            role: Message.Role(rawValue: try row.text(3)),
            content: try row.text(4),
            metadata: StoreJSON.hostsMetadata(row, 5),
            createdAt: Date(storeMilliseconds: try row.integer(6)),
            updatedAt: Date(storeMilliseconds: try row.integer(7))
        )
    }

    func message(_ id: MessageID) throws -> Message? {
        try first(Self.messageByID, .integer(id.rawValue)) { try Self.message($0) }
    }

    func insertMessage(_ message: NewMessage, metadataText: String, at now: Int64) throws -> MessageID {
        try execute(
            """
            INSERT INTO messages (conversation_id, owner, role, content, extra_metadata, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            """,
            .text(message.conversation.rawValue),
            .text(message.owner.rawValue),
            .text(message.role.rawValue),
            .text(message.content),
            .text(metadataText),
            .integer(now)
        )
        return MessageID(rawValue: lastInsertRowID)
    }

    /// Merges in SQL, so that two writers lose nothing. `json_patch` is RFC 7396.
    func patchMessage(_ id: MessageID, content: String?, patchText: String, at now: Int64) throws {
        try execute(Self.patchOne, Value(content), .text(patchText), .integer(now), .integer(id.rawValue))
    }

    /// The same for many, by one statement.
    func patchMessages(_ ids: [MessageID], content: String?, patchText: String, at now: Int64) throws {
        try execute(Self.patchMany, Value(content), .text(patchText), .integer(now), .text("\(ids.map(\.rawValue))"))
    }

    private static let patchOne = patchSQL("= ?")
    private static let patchMany = patchSQL("IN (SELECT value FROM json_each(?))")

    private static func patchSQL(_ which: String) -> SQL {
        SQL(
            """
            UPDATE messages SET content = coalesce(?, content), extra_metadata = json_patch(extra_metadata, ?), updated_at = ?
            WHERE id \(which)
            """
        )
    }
}
