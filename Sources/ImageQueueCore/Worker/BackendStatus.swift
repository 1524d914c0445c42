#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A backend, as others than its worker see it.
public struct BackendStatus: Sendable, Equatable {
    /// The backend.
    public var backend: BackendID
    /// The worker that draws on it; `nil` while nobody does.
    public var holder: WorkerID?
    /// Whether it takes no job until it is added again.
    public var isDraining: Bool
    /// What its holder last told of it; `nil` while there is none, or it has told nothing yet.
    public var report: BackendReport?

    /// A backend's status.
    public init(backend: BackendID, holder: WorkerID? = nil, isDraining: Bool = false, report: BackendReport? = nil) {
        self.backend = backend
        self.holder = holder
        self.isDraining = isDraining
        self.report = report
    }
}

/// What a worker is to know of a backend before it takes a job for it.
public struct BackendBrief: Sendable, Hashable {
    /// The worker that holds it; also one that is dead, until somebody takes it over.
    public var holder: WorkerID?
    /// Whether it takes no job until it is added again.
    public var isDraining: Bool
    /// How often it was added since its holder took it: whatever it failed at before, it is to be tried at once.
    public var additions: Int
    /// Whether it may still be at pictures that nobody waits for: see ``JobStore/orphans(on:)``.
    public var hasOrphans: Bool

    /// A brief on a backend.
    public init(holder: WorkerID? = nil, isDraining: Bool = false, additions: Int = 0, hasOrphans: Bool = false) {
        self.holder = holder
        self.isDraining = isDraining
        self.additions = additions
        self.hasOrphans = hasOrphans
    }
}

/// What a worker tells others of a backend that it holds: what only it can know. Told anew when it changes.
public struct BackendReport: Sendable, Hashable, Codable {
    /// How its circuit breaker stands.
    public enum Breaker: Sendable, Hashable, Codable {
        /// The backend is used.
        case closed
        /// It is left alone until then.
        case open(until: Date)
        /// It is tried with one job.
        case halfOpen
    }

    /// How its circuit breaker stands.
    public var breaker: Breaker
    /// Whether others than this queue draw on it too.
    public var isShared: Bool
    /// Which drawings it can stop in the middle, as far as its worker knows.
    public var interruptibleKinds: Set<ImageRequest.Kind>

    /// A report.
    public init(
        breaker: Breaker,
        isShared: Bool,
        interruptibleKinds: Set<ImageRequest.Kind> = Set(ImageRequest.Kind.allCases)
    ) {
        self.breaker = breaker
        self.isShared = isShared
        self.interruptibleKinds = interruptibleKinds
    }

    /// Reads a report; versions that knew nothing of ``interruptibleKinds`` left them out.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            breaker: try fields.decode(Breaker.self, forKey: .breaker),
            isShared: try fields.decode(Bool.self, forKey: .isShared)
        )
        if let kinds = try fields.decodeIfPresent(Set<ImageRequest.Kind>.self, forKey: .interruptibleKinds) {
            interruptibleKinds = kinds
        }
    }
}
