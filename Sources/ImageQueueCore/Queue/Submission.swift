/// A wish for pictures, as a caller hands it in.
public struct Submission: Sendable, Equatable {
    /// What to make.
    public var request: ImageRequest
    /// The pictures that the request names, each once. They are kept with the job.
    public var inputs: [InputFile] = []
    /// The conversation that its message joins.
    public var conversation: ConversationID = .none
    /// Whose it is.
    public var owner: Owner = .nobody
    /// Which jobs it goes before.
    public var priority: Priority = .normal
    /// The user's own words, stored as the message before, in the same transaction; at most 1 MiB of UTF-8.
    public var userMessage: String?
    /// An idempotency key: the same owner and key give the first receipt again, for a day (unless the store is told
    /// otherwise) and until the job has ended. At most 255 bytes of UTF-8, without control characters; of a request
    /// that is spread over several jobs, less what numbers them.
    public var key: String?
    /// Starts no sooner than this after submit; `nil` or zero for at once.
    public var delay: Duration?
    /// Fails as `expired` if drawing has not begun this long after submit; `nil` for never. Longer than the delay.
    public var deadline: Duration?
    /// The only worker that may draw it, where the job needs something that only that process has.
    public var reservedFor: WorkerID?
    /// The job that this one tries again.
    public var retryOf: JobID?
    /// What else the message's metadata is to hold, at most 64 KiB.
    public var metadata: Metadata = [:]

    /// A submission with the defaults for everything but the request and its pictures.
    public init(request: ImageRequest, inputs: [InputFile] = []) {
        self.request = request
        self.inputs = inputs
    }

    /// A submission that draws from words, with the defaults for everything else.
    public init(request: TextToImageRequest) {
        self.init(request: .textToImage(request))
    }

    /// Checks every field against its range.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` or `reserved_key`; the message names the field.
    public func validate() throws {
        try request.validate()
        try validateInputs()
        try FieldRule.name("conversation_id", conversation.rawValue)
        try FieldRule.name("owner", owner.rawValue)
        if let userMessage { try FieldRule.text("user message", userMessage, bytes: 1...1_048_576) }
        if let key {
            try FieldRule.text("key", key, bytes: 1...255)
            try FieldRule.name("key", key)
        }
        if let delay { try FieldRule.range("delay", delay, .zero...Self.longest) }
        if let deadline {
            try FieldRule.range("deadline", deadline, .milliseconds(1)...Self.longest)
            if let delay, deadline <= delay {
                throw FieldRule.refusal("deadline", "must be longer than the delay, which it includes")
            }
        }
        try ImageMessage.validate(metadata)
    }

    private func validateInputs() throws {
        let brought = Set(inputs.map(\.image))
        let named = Set(request.inputs)
        guard brought.isSuperset(of: named) else {
            throw FieldRule.refusal("inputs", "must hold the bytes of every picture that the request names")
        }
        guard inputs.count == named.count else {
            throw FieldRule.refusal("inputs", "must hold each picture that the request names once, and no other")
        }
    }

    private static let longest = Duration.seconds(365 * 86_400)
}
