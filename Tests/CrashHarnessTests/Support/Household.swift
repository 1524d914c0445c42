import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport

/// A queue, a worker and a simulated Forge in this process. Who asks has the file open for himself, as another process
/// would.
struct Household {
    let queue: ImageQueue
    let forge: ForgeSimulator
    let worker: ImageWorker

    static func with(
        _ box: Sandbox,
        simulator: SimulatorConfiguration,
        exclusivity: ForgeConfiguration.Exclusivity = .shared,
        _ body: (Household) async throws -> Void
    ) async throws {
        try await ForgeSimulator.withServer(simulator) { forge in
            let drawing = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
            let asking = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
            let files = try DirectoryImageFiles(directory: box.images)
            var settings = try ForgeConfiguration(baseURL: forge.baseURL.absoluteString)
            settings.exclusivity = exclusivity
            var configuration = WorkerConfiguration()
            configuration.breaker.shortestWait = .milliseconds(20)
            configuration.breaker.longestWait = .milliseconds(40)
            configuration.breaker.openTime = .milliseconds(40)
            let worker = ImageWorker(
                queue: ImageQueue(store: drawing),
                backends: [ForgeGenerator(configuration: settings)],
                files: files,
                configuration: configuration
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                do {
                    try await body(Household(queue: ImageQueue(store: asking), forge: forge, worker: worker))
                } catch {
                    worker.stop()
                    throw error
                }
                worker.stop()
                try await group.waitForAll()
            }
            await files.close()
            await asking.close()
            await drawing.close()
        }
    }
}
