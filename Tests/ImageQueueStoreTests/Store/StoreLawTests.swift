import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("The laws of job stores, on SQLite", .timeLimit(.minutes(1)))
struct StoreLawTests {
    @Test(arguments: StoreLaw.all)
    func obeys(law: StoreLaw) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "iq-law-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let clock = TestClock()
        var configuration = SQLiteStoreConfiguration(databasePath: directory.appending(path: "queue.db").path)
        configuration.queueLimit = law.settings.queueLimit
        configuration.ownerLimit = law.settings.ownerLimit
        configuration.deathLimit = law.settings.deathLimit
        configuration.time = StoreTime(
            wall: { clock.wallMilliseconds },
            boot: { BootInstant(boot: "test", milliseconds: clock.monotonic.milliseconds) }
        )
        let store = try await SQLiteJobStore.open(configuration)
        let another = try await SQLiteJobStore.open(configuration)
        let worldOfTheLaw = StoreUnderTest(
            store: store,
            clock: clock,
            // The kernel frees a dead process's locks: that is all that others see of its death.
            killWorker: { worker in
                await store.keeper.letGo(worker)
                await another.keeper.letGo(worker)
            },
            openAnother: { another }
        )
        do {
            try await law.run(worldOfTheLaw)
        } catch {
            await another.close()
            await store.close()
            throw error
        }
        await another.close()
        await store.close()
    }
}
