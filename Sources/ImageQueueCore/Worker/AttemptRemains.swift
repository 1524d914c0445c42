#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What an attempt may have left on disk whose worker is gone: files that no row names.
public struct AttemptRemains: Sendable, Hashable {
    /// The job.
    public var job: JobID
    /// The attempt's number.
    public var attempt: Int
    /// When the job was submitted, which tells where its files lie.
    public var createdAt: Date
    /// The paths of the job's stored pictures, relative to the image directory: these stay.
    public var keeping: Set<String>

    /// Remains of an attempt.
    public init(job: JobID, attempt: Int, createdAt: Date, keeping: Set<String>) {
        self.job = job
        self.attempt = attempt
        self.createdAt = createdAt
        self.keeping = keeping
    }
}
