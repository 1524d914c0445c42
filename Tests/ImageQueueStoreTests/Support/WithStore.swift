import Foundation
import ImageQueueTesting

@testable import ImageQueueStore

/// A store on a fresh file, closed and removed afterwards.
func withStore<Result>(
    _ change: (inout SQLiteStoreConfiguration) -> Void = { _ in },
    _ body: (SQLiteJobStore) async throws -> Result
) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "iq-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    var configuration = SQLiteStoreConfiguration(databasePath: directory.appending(path: "queue.db").path)
    change(&configuration)
    let store = try await SQLiteJobStore.open(configuration)
    do {
        let result = try await body(store)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}

extension StoreTime {
    /// A time that a test lets pass.
    init(_ clock: TestClock) {
        self.init(
            wall: { clock.wallMilliseconds },
            boot: { BootInstant(boot: "test", milliseconds: clock.monotonic.milliseconds) }
        )
    }
}
