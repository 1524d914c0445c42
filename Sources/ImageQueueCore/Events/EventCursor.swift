/// A place in the event log: the log's identity and a number. Written `<log>-<seq>`.
public struct EventCursor: Sendable, Hashable, LosslessStringConvertible {
    /// The log's identity: new after a restore or an import. Letters and digits.
    public var log: String
    /// The number of the last event that was seen; 0 before the first.
    public var sequence: Int64

    /// A place in a log.
    public init(log: String, sequence: Int64) {
        self.log = log
        self.sequence = sequence
    }

    /// Reads `<log>-<seq>`; `nil` for anything else.
    public init?(_ text: String) {
        guard let dash = text.lastIndex(of: "-"), dash != text.startIndex,
            let sequence = Self.sequence(String(text[text.index(after: dash)...]))
        else { return nil }
        self.init(log: String(text[..<dash]), sequence: sequence)
    }

    /// Reads a number alone, in plain decimal digits; `nil` for anything else.
    public static func sequence(_ text: String) -> Int64? {
        // Int64's own reading takes a sign as well.
        guard text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        return Int64(text)
    }

    /// A place in no log: after it comes RESET with a new snapshot.
    static let startingOver = EventCursor(log: "snapshot", sequence: 0)

    /// `<log>-<seq>`
    public var description: String { "\(log)-\(sequence)" }
}
