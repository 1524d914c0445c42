/// Whose a job, a message or a picture is: a name that the host gives, such as a user id.
///
/// At most 255 bytes of UTF-8 without control characters. The empty name is nobody's. Two names are one where they are
/// the same bytes, as in a database: "ş" in one scalar and in two are two owners.
public struct Owner: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Takes a name as it is; `Submission.validate()` judges it.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }

    /// The owner of what has no owner.
    public static let nobody = Owner(rawValue: "")

    /// Whether they are the same bytes.
    public static func == (left: Owner, right: Owner) -> Bool { left.rawValue.hasSameBytes(as: right.rawValue) }

    /// By the bytes.
    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }
}

/// Names a conversation of the host's, in which messages follow one another.
///
/// At most 255 bytes of UTF-8 without control characters, compared as bytes. The empty name stands for no conversation.
public struct ConversationID: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Takes a name as it is; `Submission.validate()` judges it.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }

    /// No conversation.
    public static let none = ConversationID(rawValue: "")

    /// Whether they are the same bytes.
    public static func == (left: ConversationID, right: ConversationID) -> Bool {
        left.rawValue.hasSameBytes(as: right.rawValue)
    }

    /// By the bytes.
    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }
}

/// Who asks: an owner sees and touches only what is theirs, an operator everything.
///
/// Somebody else's job is "not found", so that nobody learns which ids exist.
public enum Requester: Sendable, Hashable {
    /// May see and do all.
    case `operator`
    /// May see and do what carries this owner's name.
    case owner(Owner)

    /// Whether this requester may see what belongs to `owner`.
    public func mayTouch(_ owner: Owner) -> Bool {
        switch self {
        case .operator: true
        case .owner(let name): name == owner
        }
    }
}

extension String {
    /// `==` takes texts for the same that Unicode calls canonically equivalent.
    fileprivate func hasSameBytes(as other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }

    fileprivate func hashBytes(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
