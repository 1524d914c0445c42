internal import ImageQueueConcurrency
public import ImageQueueCore
public import Logging

/// Jobs, messages and events in one SQLite file, shared by any number of processes on one machine.
///
/// Every verb is one transaction, or a part of one that it shares with other callers (group commit), and is answered
/// after COMMIT with `synchronous=FULL`; only progress, renewals and what backends report may be lost with the power.
public final class SQLiteJobStore: JobStore {
    let database: Database
    let logger: Logger
    let keeper: WorkerKeeper
    let watch: StoreWatch
    let rules: StoreRules
    let pruningPlaces = Lock(PruningPlaces())

    private init(
        database: Database,
        rules: StoreRules,
        logger: Logger,
        watch: StoreWatch
    ) {
        self.database = database
        self.rules = rules
        self.logger = logger
        self.watch = watch
        keeper = WorkerKeeper(database: database, rules: rules, logger: logger)
    }

    /// Opens the file, creates it where it is missing, and brings it to the newest schema.
    ///
    /// - Throws: ``StoreError``; a file that isn't ours is left byte for byte as it was.
    public static func open(
        _ configuration: SQLiteStoreConfiguration,
        logger: Logger = Logger(label: "imagequeue.store")
    ) async throws -> SQLiteJobStore {
        try configuration.validate()
        let bell = BellRope()
        var settings = Database.Configuration()
        settings.busyLimit = configuration.busyLimit
        settings.cacheKibibytes = configuration.cacheKibibytes
        settings.checkpoints = configuration.checkpoints
        settings.strongestDurability = configuration.strongestDurability
        let database = try await Database.open(
            configuration.databasePath,
            format: Schema.format,
            configuration: settings,
            observer: CommitObserver(
                beforeCommit: { bell.look(before: $0) },
                onCommit: { [metrics = configuration.metrics] connection in
                    metrics.leasesExpired(connection.leasesTaken)
                    for complaint in connection.complaints { complaint.log(to: logger) }
                },
                onAnswered: { _ in bell.ring() }
            )
        )
        let doorbell = try await database.read { connection in
            try Doorbell(database: connection.path, logger: logger)
        }
        bell.hang(doorbell, file: try await LogIdentity(database: database, doorbell: doorbell).settle())
        let rules = StoreRules(configuration: configuration, databasePath: database.path)
        let watch = StoreWatch(
            anchor: database.anchor,
            template: configuration.imageURLTemplate,
            doorbell: doorbell,
            logger: logger,
            sweeper: Sweeper(database: database, rules: rules, logger: logger)
        )
        return SQLiteJobStore(database: database, rules: rules, logger: logger, watch: watch)
    }

    /// Carries out what was asked for, gives back what workers of this process still hold, stops renewing and watching,
    /// and closes the file. Idempotent; later calls throw `closed`, and so do watches.
    ///
    /// Stop the workers first: one that still draws loses its picture.
    public func close() async {
        for worker in keeper.stop() {
            // Where that fails the workers' locks, freed below, say that they are gone.
            try? await unregister(worker)
        }
        let watchers = await watch.close()
        await database.close()
        keeper.close()
        watch.tellEnd(watchers)
    }

    /// See ``JobStore/observe(_:)``.
    public func observe(_ deliver: @escaping @Sendable (StoreDelta) -> Void) async throws -> any StoreObservation {
        try await watch.observe(.news(deliver))
    }

    /// See ``JobStore/observeChanges(_:)``.
    public func observeChanges(_ body: @escaping @Sendable () -> Void) async throws -> any StoreObservation {
        try await watch.observe(.changes(body))
    }

    /// The thread that writes, for tasks that do little else than write to this store, one thing after another: a loop
    /// of your own that claims and settles, an import. With `withTaskExecutorPreference(_:operation:)` they change
    /// threads neither to be served nor to go on, which is a tenth of such a loop's time.
    ///
    /// All writes of this store wait for what a task does between two calls, the renewal of this process's leases too:
    /// it must be short, and not block. While the writer waits for another process's lock the tasks stand still.
    /// Default actors that they call run there as well. They may outlast ``close()``.
    public var executor: any TaskExecutor { database.executor }

    // MARK: - Running verbs

    func write<Value: Sendable>(
        durability: Durability = .full,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        do {
            return try await database.write(durability: durability, body)
        } catch {
            throw Self.queueError(error)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw Self.queueError(error)
        }
    }

    static func queueError(_ error: any Error) -> any Error {
        guard let error = error as? StoreError else { return error }
        let code: QueueError.Code =
            switch error.code {
            case .closed: .closed
            case .corrupt, .notADatabase: .storeDamaged
            default: .storeUnavailable
            }
        return QueueError(code: code, message: error.message, cause: error)
    }
}

/// What every verb goes by.
struct StoreRules: Sendable {
    let deathLimit: Int
    let template: ImageURLTemplate
    let keyLifetime: Int64
    let raiseAfter: Int64
    let queueLimit: Int?
    let ownerLimit: Int?
    let time: StoreTime
    let databasePath: String

    init(configuration: SQLiteStoreConfiguration, databasePath: String) {
        deathLimit = configuration.deathLimit
        template = configuration.imageURLTemplate
        keyLifetime = configuration.keyLifetime.milliseconds
        raiseAfter = configuration.raiseAfter.milliseconds
        queueLimit = configuration.queueLimit
        ownerLimit = configuration.ownerLimit
        time = configuration.time
        self.databasePath = databasePath
    }
}
