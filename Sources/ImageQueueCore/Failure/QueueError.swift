/// What the queue refuses or can't do.
public struct QueueError: Error, Sendable {
    /// A bounded snake_case word: the only error text that metrics get.
    public var code: Code
    /// What is wrong, and what to do.
    public var message: String
    /// What lay beneath, where something did.
    public var cause: (any Error)?

    /// An error with its word, its sentence and what lay beneath.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The words that errors go by. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Word: String {
            case invalidRequest = "invalid_request"
            case notFound = "not_found"
            case notPermitted = "not_permitted"
            case staleLease = "stale_lease"
            case keyConflict = "key_conflict"
            case queueFull = "queue_full"
            case reservedKey = "reserved_key"
            case streamFailed = "stream_failed"
            case storeUnavailable = "store_unavailable"
            case storeDamaged = "store_damaged"
            case filesUnavailable = "files_unavailable"
            case closed = "closed"
        }

        private let word: Word

        /// The word.
        public var description: String { word.rawValue }

        /// A field of the request is out of its range; nothing was stored.
        public static let invalidRequest = Code(word: .invalidRequest)
        /// There is no such thing, or it is somebody else's.
        public static let notFound = Code(word: .notFound)
        /// Only an operator may do this; nothing was changed.
        public static let notPermitted = Code(word: .notPermitted)
        /// The attempt no longer holds the job; nothing was changed.
        public static let staleLease = Code(word: .staleLease)
        /// The idempotency key was used before with a different request.
        public static let keyConflict = Code(word: .keyConflict)
        /// The queue, or this owner's share, is full.
        public static let queueFull = Code(word: .queueFull)
        /// A metadata key that only the queue itself writes.
        public static let reservedKey = Code(word: .reservedKey)
        /// A streamed reply broke off; nothing was saved.
        public static let streamFailed = Code(word: .streamFailed)
        /// The store can't be used: the file, the disk, or what is in it.
        public static let storeUnavailable = Code(word: .storeUnavailable)
        /// The store's file is damaged, and no second try helps: end what uses it and restore a backup. May come
        /// wherever `store_unavailable` may.
        public static let storeDamaged = Code(word: .storeDamaged)
        /// The image directory can't be used.
        public static let filesUnavailable = Code(word: .filesUnavailable)
        /// The store was closed.
        public static let closed = Code(word: .closed)
    }
}

extension QueueError {
    /// Whether no second try helps: the store was closed, or its file is damaged.
    var isLasting: Bool { code == .closed || code == .storeDamaged }
}

extension QueueError: CustomStringConvertible {
    /// The word and the sentence.
    public var description: String { "\(code): \(message)" }
}
