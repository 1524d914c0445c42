public import ImageQueueCore

/// A new, empty store, and what a law needs to move its world.
public struct StoreUnderTest: Sendable {
    /// The store.
    public let store: any JobStore
    /// What the store reads all its times from.
    public let clock: TestClock
    /// Lets a worker's process die, as `kill -9` would: what it holds is void, and nobody tells the store.
    public let killWorker: @Sendable (WorkerID) async throws -> Void
    /// A second handle on the same data, as another process would have; it may be the same object.
    public let openAnother: @Sendable () async throws -> any JobStore

    /// A store and its world.
    public init(
        store: any JobStore,
        clock: TestClock,
        killWorker: @escaping @Sendable (WorkerID) async throws -> Void,
        openAnother: @escaping @Sendable () async throws -> any JobStore
    ) {
        self.store = store
        self.clock = clock
        self.killWorker = killWorker
        self.openAnother = openAnother
    }

    /// An ``ImageQueueCore/InMemoryJobStore`` on a test clock.
    public static func inMemory(_ settings: StoreSettings = StoreSettings()) -> StoreUnderTest {
        let clock = TestClock()
        var configuration = InMemoryStoreConfiguration()
        configuration.queueLimit = settings.queueLimit
        configuration.ownerLimit = settings.ownerLimit
        configuration.deathLimit = settings.deathLimit
        configuration.imageURLTemplate = settings.imageURLTemplate
        configuration.clock = clock.storeClock
        let store = InMemoryJobStore(configuration)
        return StoreUnderTest(
            store: store,
            clock: clock,
            killWorker: { store.simulateDeath(of: $0) },
            openAnother: { store }
        )
    }
}
