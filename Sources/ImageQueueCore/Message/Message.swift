#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Orders a conversation: the integer primary key of a message. Later messages have greater ids.
public struct MessageID: Sendable, Hashable, Comparable, RawRepresentable, Codable, CustomStringConvertible {
    /// The key, from 1.
    public let rawValue: Int64

    /// Wraps a key.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Orders as the conversation does.
    public static func < (left: MessageID, right: MessageID) -> Bool { left.rawValue < right.rawValue }

    /// The key in decimal digits.
    public var description: String { String(rawValue) }
}

/// A message of a conversation.
public struct Message: Sendable, Hashable {
    /// Its place in the order.
    public var id: MessageID
    /// The conversation it belongs to.
    public var conversation: ConversationID
    /// Whose it is.
    public var owner: Owner
    /// Who speaks.
    public var role: Role
    /// What is said.
    public var content: String
    /// What is known beside: for a picture `type`, `job_id`, `status` and more.
    public var metadata: Metadata
    /// When it was appended.
    public var createdAt: Date
    /// When it was last changed.
    public var updatedAt: Date

    /// A message as a store read it.
    public init(
        id: MessageID,
        conversation: ConversationID,
        owner: Owner,
        role: Role,
        content: String,
        metadata: Metadata,
        createdAt: Date,
        updatedAt: Date
    ) {
        self.id = id
        self.conversation = conversation
        self.owner = owner
        self.role = role
        self.content = content
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Who speaks in a message. A host may have words of its own beside these.
    public struct Role: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
        /// The word: 1 to 255 bytes of UTF-8 without control characters.
        public let rawValue: String

        /// Takes a word as it is.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The word.
        public var description: String { rawValue }

        /// The person.
        public static let user = Role(rawValue: "user")
        /// The machine.
        public static let assistant = Role(rawValue: "assistant")
        /// The host's instructions.
        public static let system = Role(rawValue: "system")
    }
}

/// A message that is to be appended.
public struct NewMessage: Sendable, Hashable {
    /// The conversation it belongs to.
    public var conversation: ConversationID
    /// Whose it is.
    public var owner: Owner
    /// Who speaks.
    public var role: Message.Role
    /// What is said: at most 1 MiB of UTF-8.
    public var content: String
    /// What is known beside; the keys that the queue itself writes are refused.
    public var metadata: Metadata

    /// A message to append.
    public init(
        conversation: ConversationID = .none,
        owner: Owner = .nobody,
        role: Message.Role,
        content: String,
        metadata: Metadata = [:]
    ) {
        self.conversation = conversation
        self.owner = owner
        self.role = role
        self.content = content
        self.metadata = metadata
    }

    /// Checks lengths, names and keys.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` or `reserved_key`.
    public func validate() throws {
        try FieldRule.name("conversation_id", conversation.rawValue)
        try FieldRule.name("owner", owner.rawValue)
        try FieldRule.text("role", role.rawValue, bytes: 1...255)
        try FieldRule.name("role", role.rawValue)
        try FieldRule.text("content", content, bytes: 0...1_048_576)
        try ImageMessage.validate(metadata)
    }
}
