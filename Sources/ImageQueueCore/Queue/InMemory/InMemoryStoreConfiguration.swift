/// How an ``InMemoryJobStore`` behaves.
public struct InMemoryStoreConfiguration: Sendable {
    /// Makes the URLs that messages and events name pictures by.
    public var imageURLTemplate: ImageURLTemplate = .standard
    /// How many workers may die at a job, with nothing else in their hands, before it is set aside as `worker_lost`.
    public var deathLimit = 3
    /// Jobs that may wait in all; `nil` for no limit.
    public var queueLimit: Int?
    /// Jobs of one owner that may wait; `nil` for no limit.
    public var ownerLimit: Int?
    /// How long an idempotency key is remembered at least; longer while its job has not ended.
    public var keyLifetime: Duration = .seconds(86_400)
    /// How long a job waits before it is raised one priority, once.
    public var raiseAfter: Duration = .seconds(600)
    /// What times are read from.
    public var clock: StoreClock = .system

    package var metrics = StoreMetrics()

    /// The usual settings.
    public init() {}
}
