#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A job as it stands at one moment.
public struct Job: Sendable, Equatable {
    /// Names the work.
    public var id: JobID
    /// The message that will hold the result.
    public var messageID: MessageID
    /// The conversation of that message.
    public var conversation: ConversationID
    /// Whose it is.
    public var owner: Owner
    /// Where it stands.
    public var state: JobState
    /// Which jobs it goes before.
    public var priority: Priority
    /// Whether that is one more than it was submitted with, for it has waited long.
    public var isRaised: Bool
    /// What it is to make, with its seed resolved; see ``isRequestKnown``.
    public var request: ImageRequest
    /// The number of the current or last attempt; 0 before the first.
    public var attempt: Int
    /// Whether a cancel is stored that its holder has yet to carry out.
    public var isCancelRequested: Bool
    /// The jobs submitted in one call share this.
    public var batch: JobID?
    /// The job that this one tries again.
    public var retryOf: JobID?
    /// Its place among those that wait, from 1; `nil` unless it is queued.
    public var position: Int?
    /// How far drawing is; `nil` unless it is being drawn.
    public var progress: JobProgress?
    /// The time until it is complete, waiting included, where that can be told.
    public var estimated: Duration?
    /// The pictures stored so far, by number.
    public var images: [GeneratedImage]
    /// The pictures' URLs, in the order of `images`.
    public var imageURLs: [String]
    /// Why it ended, if it failed or was cancelled.
    public var failure: JobFailure?
    /// When it was submitted.
    public var createdAt: Date
    /// When drawing began, for the last attempt.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
    /// The message's `extra_metadata`.
    public var metadata: Metadata
    /// Whether the job itself was pruned: this is what its message and its pictures still tell.
    public var isPruned: Bool
    /// Whether ``request`` is what was submitted. It is not where the job was pruned, or where this version can't read
    /// what is stored of it: then only the prompt is known, and not the kind.
    public var isRequestKnown: Bool

    /// A job as a store read it.
    public init(
        id: JobID,
        messageID: MessageID,
        conversation: ConversationID,
        owner: Owner,
        state: JobState,
        priority: Priority,
        request: ImageRequest,
        attempt: Int = 0,
        isCancelRequested: Bool = false,
        batch: JobID? = nil,
        retryOf: JobID? = nil,
        position: Int? = nil,
        progress: JobProgress? = nil,
        estimated: Duration? = nil,
        images: [GeneratedImage] = [],
        imageURLs: [String] = [],
        failure: JobFailure? = nil,
        createdAt: Date,
        startedAt: Date? = nil,
        finishedAt: Date? = nil,
        metadata: Metadata = [:],
        isPruned: Bool = false,
        isRequestKnown: Bool = true,
        isRaised: Bool = false
    ) {
        self.id = id
        self.messageID = messageID
        self.conversation = conversation
        self.owner = owner
        self.state = state
        self.priority = priority
        self.request = request
        self.attempt = attempt
        self.isCancelRequested = isCancelRequested
        self.batch = batch
        self.retryOf = retryOf
        self.position = position
        self.progress = progress
        self.estimated = estimated
        self.images = images
        self.imageURLs = imageURLs
        self.failure = failure
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.metadata = metadata
        self.isPruned = isPruned
        self.isRequestKnown = isRequestKnown
        self.isRaised = isRaised
    }

    /// The priority that it was submitted with.
    public var submittedPriority: Priority {
        isRaised ? Priority(rawValue: priority.rawValue - 1) ?? priority : priority
    }

    /// The whole percentage that is shown: 100 for a complete job only.
    public var percent: Int {
        switch state {
        case .complete: 100
        case .scheduled, .queued, .processing, .failed, .cancelled: progress?.percent ?? 0
        }
    }
}
