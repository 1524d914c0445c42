import Foundation
import ImageQueueCore
import ImageQueueStore
import Testing

struct TinyGenerator: ImageGenerator {
    let backend = BackendID(rawValue: "http://127.0.0.1:1")
    func draw(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> any ArrivingImage {
        for step in 1...4 {
            onProgress(DrawingProgress(fraction: Double(step) / 5))
            await Task.yield()
        }
        return DrawnImage(
            bytes: Data("hello \(task.seed ?? 0)".utf8),
            format: .png,
            width: 64,
            height: 64,
            seed: task.seed.map { UInt64($0) }
        )
    }
    func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome { .sent }
    func settleOrphan(_ task: DrawingTask.ID) async throws {}
    func checkHealth() async throws {}
}

@Suite(.timeLimit(.minutes(1)))
struct StoreSmokeTests {
    @Test func drawsAJob() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: directory.file("queue.db")))
        let queue = ImageQueue(store: store)
        var submission = Submission(request: TextToImageRequest(prompt: "kedi çiz"))
        submission.request.drawing?.pictureCount = 2
        submission.userMessage = "bana kedi çiz"
        let receipt = try await queue.submit(submission)
        let second = try await queue.submit(Submission(request: TextToImageRequest(prompt: "ikinci")))
        #expect(second.position == 2)
        let files = try DirectoryImageFiles(directory: directory.file("images"))
        let worker = ImageWorker(queue: queue, backends: [TinyGenerator()], files: files)
        let events = try await queue.events(matching: JobFilter(jobs: [receipt.jobID, second.jobID]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            for try await _ in events {}
            worker.stop()
            try await group.waitForAll()
        }
        let job = try #require(try await queue.status(of: receipt.jobID))
        #expect(job.state == .complete)
        #expect(job.images.count == 2)
        #expect(try await store.workers().isEmpty)
        await store.close()
    }
}
