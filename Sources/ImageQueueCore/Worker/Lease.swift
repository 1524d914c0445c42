/// Names a worker of the queue for as long as it is registered: a random one, or what its host calls it. One that
/// registers under the name of one that died is another worker.
public struct WorkerID: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The name; of one that was made, the 36 characters of a UUID in lower case.
    public let rawValue: String

    /// Wraps an id.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes a new id.
    public static func make() -> WorkerID { WorkerID(rawValue: JobID.make().description) }

    /// The id's text.
    public var description: String { rawValue }
}

/// Names a backend: its normalised URL, such as `http://127.0.0.1:7860`.
public struct BackendID: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The URL: scheme and host in lower case, the port always there, without a slash at the end.
    public let rawValue: String

    /// Wraps a normalised URL.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The URL.
    public var description: String { rawValue }
}

/// A worker's hold on a job: one attempt. Whoever shows a token that is not the job's current one is refused.
public struct Lease: Sendable, Hashable {
    /// The job that is held.
    public var job: JobID
    /// The attempt's number, from 1.
    public var attempt: Int
    /// 64 random bits, never repeated: an attempt number alone could come again after a restore.
    public var nonce: Int64
    /// Who holds it.
    public var worker: WorkerID
    /// Where it is drawn.
    public var backend: BackendID

    /// A lease.
    public init(job: JobID, attempt: Int, nonce: Int64, worker: WorkerID, backend: BackendID) {
        self.job = job
        self.attempt = attempt
        self.nonce = nonce
        self.worker = worker
        self.backend = backend
    }
}

/// How a lease stands when asked.
public enum LeaseStanding: Sendable, Hashable {
    /// It is held.
    case held
    /// It is held, and the job is to be cancelled.
    case cancelRequested(CancelMode)
    /// It is held, but the job has not begun, and is to be given back: the queue was paused, the backend drained, or a
    /// more urgent job has come. Of no meaning once the request has left.
    case returnRequested
    /// It is no longer this one's: whatever it does is refused.
    case lost
}
