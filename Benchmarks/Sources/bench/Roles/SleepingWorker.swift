internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// The library's worker with a backend that draws in no time, and tells when each drawing began: the claim is committed
/// by then.
enum SleepingWorker {
    private struct Generator: ImageGenerator {
        let backend = BackendID(rawValue: "http://bench.invalid:\(ProcessInfo.processInfo.processIdentifier)/sleeper")

        func draw(
            _ task: DrawingTask,
            onProgress: @escaping @Sendable (DrawingProgress) -> Void
        ) async throws -> any ArrivingImage {
            Role.say(machineTime())
            return DrawnImage(bytes: Data([0]), format: .png, width: 1, height: 1, seed: 0)
        }

        func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome { .notRunning }
        func settleOrphan(_ task: DrawingTask.ID) async throws {}
        func checkHealth() async throws {}
    }

    static func run(database: String, images: String) async throws {
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: database))
        let worker = ImageWorker(
            queue: ImageQueue(store: store),
            backends: [Generator()],
            files: try DirectoryImageFiles(directory: images)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run { Role.say(machineTime()) } }
            group.addTask {
                await Role.untilEnd()
                worker.stop()
            }
            try await group.waitForAll()
        }
        await store.close()
    }
}
