import ForgeClient
import ImageQueueCore
import ImageQueueStore

/// The README's example: a server that takes a wish, answers at once, draws in the background and tells how far it is.
@main
struct Embedding {
    static func main() async throws {
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: "queue.db"))
        let queue = ImageQueue(store: store)
        let worker = ImageWorker(
            queue: queue,
            backends: [ForgeGenerator(configuration: try ForgeConfiguration(baseURL: "http://127.0.0.1:7860"))],
            files: try DirectoryImageFiles(directory: "images")
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            let receipt = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi çiz")))
            print("message \(receipt.messageID), job \(receipt.jobID), position \(receipt.position ?? 0)")
            for try await event in try await queue.events(matching: JobFilter(jobs: [receipt.jobID])) {
                print(event.kind.rawValue, event.progress ?? 0, event.imageURLs)
            }
            worker.stop()
            try await group.waitForAll()
        }
        await store.close()
    }
}
