/// An answer whose bytes were recorded: sent as they are, whatever they say.
public struct RecordedAnswer: Sendable, Hashable {
    /// One line of a head.
    public struct Header: Sendable, Hashable {
        /// As it was written.
        public var name: String
        /// As it was written.
        public var value: String

        /// A line.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP status.
    public var status: Int
    /// The words behind the status.
    public var reason: String
    /// In their order; nothing is added to them.
    public var headers: [Header]
    /// The body as it came over the wire, compressed if it was.
    public var body: [UInt8]
    /// The most bytes of the body that are written at once; `nil` for all of them.
    public var pieceSize: Int?

    /// An answer.
    public init(status: Int, reason: String = "", headers: [Header] = [], body: [UInt8] = [], pieceSize: Int? = nil) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.pieceSize = pieceSize
    }

    /// Whether it says that nothing more comes on its connection.
    var endsConnection: Bool {
        headers.contains { $0.name.lowercased() == "connection" && $0.value.lowercased() == "close" }
    }

    var head: [UInt8] {
        let lines = ["HTTP/1.1 \(status) \(reason)"] + headers.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
