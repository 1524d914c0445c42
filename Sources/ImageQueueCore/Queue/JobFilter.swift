/// Which jobs are meant: every condition that is set must hold.
public struct JobFilter: Sendable, Hashable {
    /// These jobs only.
    public var jobs: Set<JobID>?
    /// Jobs in these states only.
    public var states: Set<JobState>?
    /// This owner's jobs only.
    public var owner: Owner?
    /// Jobs of this conversation only.
    public var conversation: ConversationID?
    /// Jobs of this batch only.
    public var batch: JobID?

    /// A filter; without conditions it means every job.
    public init(
        jobs: Set<JobID>? = nil,
        states: Set<JobState>? = nil,
        owner: Owner? = nil,
        conversation: ConversationID? = nil,
        batch: JobID? = nil
    ) {
        self.jobs = jobs
        self.states = states
        self.owner = owner
        self.conversation = conversation
        self.batch = batch
    }

    /// The states of jobs that have not ended.
    public static let unfinished: Set<JobState> = [.scheduled, .queued, .processing]
}

/// A part of a list of jobs, newest first.
public struct JobPage: Sendable, Equatable {
    /// The jobs of this page.
    public var jobs: [Job]
    /// Hand this in to get the next page; `nil` after the last.
    public var next: PageToken?

    /// A page.
    public init(jobs: [Job], next: PageToken?) {
        self.jobs = jobs
        self.next = next
    }
}

/// Where a page ends: opaque, stable while jobs come and go.
public struct PageToken: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The store's own mark.
    public let rawValue: Int64

    /// Wraps a store's mark.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The mark in decimal digits.
    public var description: String { String(rawValue) }
}
