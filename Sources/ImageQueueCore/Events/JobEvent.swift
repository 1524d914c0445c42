#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something about a job that its watchers are told.
///
/// QUEUED, COMPLETE and ERROR are logged: numbered, durable, replayable; but for an ERROR about a callback, which only
/// those hear who watch just then. PROGRESS is state, told by the newest only.
public struct JobEvent: Sendable, Hashable {
    /// What is told.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// The job waits, for the first time or again.
        case queued = "QUEUED"
        /// The job is drawn, or its place in the queue has changed.
        case progress = "PROGRESS"
        /// Every picture is stored.
        case complete = "COMPLETE"
        /// The job ended otherwise, or, with `isFinal` false, something beside it went wrong.
        case error = "ERROR"
        /// What came before is no longer known; a snapshot of all unfinished jobs follows.
        case reset = "RESET"
    }

    /// What is told.
    public var kind: Kind
    /// Whether nothing more will come about this job.
    public var isFinal: Bool
    /// The place in the log: for PROGRESS, and for what is told beside the log, that of the last logged event that this
    /// watcher was given before it.
    ///
    /// Of RESET and the events of a snapshot only the last has a place, that at which the snapshot stands: whoever goes
    /// on from one before it is told RESET and begins again, for he doesn't know how all stands.
    public var cursor: EventCursor
    /// When it happened.
    public var at: Date
    /// The job; `nil` for RESET, and for an ERROR that is about no unfinished job, such as a callback that failed at a
    /// job's end.
    public var jobID: JobID?
    /// The job's message.
    public var messageID: MessageID?
    /// The job's conversation.
    public var conversation: ConversationID
    /// Whose the job is.
    public var owner: Owner
    /// The attempt it is about; 0 before the first.
    public var attempt: Int
    /// The wire form's word: `queued`, `processing`, `complete`, `error`.
    public var status: String?
    /// The whole percentage, 0 to 100, never falling within an attempt; 100 with COMPLETE only.
    public var progress: Int?
    /// The place among those that wait, from 1.
    public var position: Int?
    /// The time until the job is complete, waiting included, where that can be told.
    public var estimated: Duration?
    /// The prompt's first 100 characters.
    public var prompt: String?
    /// The URLs of the pictures that are stored.
    public var imageURLs: [String]
    /// What went wrong, with ERROR.
    public var failure: JobFailure?

    /// An event.
    public init(
        kind: Kind,
        isFinal: Bool,
        cursor: EventCursor,
        at: Date,
        jobID: JobID?,
        messageID: MessageID? = nil,
        conversation: ConversationID = .none,
        owner: Owner = .nobody,
        attempt: Int = 0,
        status: String? = nil,
        progress: Int? = nil,
        position: Int? = nil,
        estimated: Duration? = nil,
        prompt: String? = nil,
        imageURLs: [String] = [],
        failure: JobFailure? = nil
    ) {
        self.kind = kind
        self.isFinal = isFinal
        self.cursor = cursor
        self.at = at
        self.jobID = jobID
        self.messageID = messageID
        self.conversation = conversation
        self.owner = owner
        self.attempt = attempt
        self.status = status
        self.progress = progress
        self.position = position
        self.estimated = estimated
        self.prompt = prompt
        self.imageURLs = imageURLs
        self.failure = failure
    }
}
