import Foundation
import ImageQueueCore
import ImageQueueTesting

@testable import ImageQueueStore

extension StoreLaw {
    /// Tries the rule on a new SQLite file in a directory, which is removed afterwards.
    func runOnSQLite(below parent: URL = FileManager.default.temporaryDirectory) async throws {
        let directory = parent.appending(path: "iq-law-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let clock = TestClock()
        var configuration = SQLiteStoreConfiguration(databasePath: directory.appending(path: "queue.db").path)
        configuration.queueLimit = settings.queueLimit
        configuration.ownerLimit = settings.ownerLimit
        configuration.deathLimit = settings.deathLimit
        configuration.imageURLTemplate = settings.imageURLTemplate
        configuration.time = StoreTime(clock)
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
            try await run(worldOfTheLaw)
        } catch {
            await another.close()
            await store.close()
            throw error
        }
        await another.close()
        await store.close()
    }
}
