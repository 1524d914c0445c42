public import ImageQueueCore

/// How a ``SQLiteJobStore`` is opened.
public struct SQLiteStoreConfiguration: Sendable {
    /// The database file. It and its directory are created where they are missing, for this user alone.
    public var databasePath: String
    /// Makes the URLs that messages and events name pictures by. Those in a message and in a logged event are written
    /// by the process that ends the job, or gives it back: mostly its worker, which is to have the same template as the
    /// host. What is asked for (a job, a snapshot, PROGRESS) is told by the template of the process that asks.
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
    /// How long a statement waits for another process's lock.
    public var busyLimit: Duration = .seconds(10)

    /// The writer's memory for pages of the file.
    package var cacheKibibytes = 8_192
    package var time = StoreTime.system
    package var metrics = StoreMetrics()
    /// How large the WAL may grow.
    var checkpoints = Checkpointer.Limits()
    /// See ``Database/Configuration/strongestDurability``.
    var strongestDurability = Durability.full

    /// The usual settings for a file.
    public init(databasePath: String) {
        self.databasePath = databasePath
    }

    /// - Throws: ``StoreError`` with `invalid_configuration`, naming the setting.
    func validate() throws(StoreError) {
        func refuse(_ problem: String) -> StoreError {
            StoreError(.invalidConfiguration, "SQLiteStoreConfiguration: \(problem).")
        }
        guard deathLimit >= 1 else { throw refuse("deathLimit must be 1 or more") }
        for (name, limit) in [("queueLimit", queueLimit), ("ownerLimit", ownerLimit)] where limit ?? 0 < 0 {
            throw refuse("\(name) must not be below zero")
        }
        let times = [("keyLifetime", keyLifetime), ("raiseAfter", raiseAfter), ("busyLimit", busyLimit)]
        for (name, time) in times where time < .zero { throw refuse("\(name) must not be below zero") }
    }
}
