import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport
import Testing

// README.md shows what stands between the marks, word for word; the test below sees to it.
// readme-begin
func drawOnePicture(database: String, images: String, forge: String) async throws {
    let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: database))
    let queue = ImageQueue(store: store)

    // Anywhere, such as in a chat server: the job is on disk when this returns.
    let receipt = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi çiz")))
    print("message \(receipt.messageID), job \(receipt.jobID), position \(receipt.position ?? 0)")

    // Here, or in another process that opens the same file: draw what waits.
    let worker = ImageWorker(
        queue: queue,
        backends: [ForgeGenerator(configuration: try ForgeConfiguration(baseURL: forge))],
        files: try DirectoryImageFiles(directory: images)
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await worker.run() }
        for try await event in try await queue.events(matching: JobFilter(jobs: [receipt.jobID])) {
            print(event.kind.rawValue, event.progress ?? 0, event.imageURLs)
        }
        worker.stop()
        try await group.waitForAll()
    }
    await store.close()
}
// readme-end

@Suite struct ReadmeExampleTests {
    @Test("The README's example does what it says", .timeLimit(.minutes(1)))
    func runs() async throws {
        try await Sandbox.with { box in
            var configuration = SimulatorConfiguration()
            configuration.stepTime = .milliseconds(5)
            try await ForgeSimulator.withServer(configuration) { simulator in
                try await drawOnePicture(
                    database: box.database,
                    images: box.images,
                    forge: simulator.baseURL.absoluteString
                )
            }
            let job = try await box.object("list", "--json")
            #expect(job.string("status") == "complete")
            let paths = job.strings("image_paths")
            #expect(paths.count == 1 && paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        }
    }

    @Test("The README shows the example as it is compiled")
    func isShown() throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let marked = source.split(separator: "// readme-begin\n", maxSplits: 1)[1]
        let example = try #require(marked.split(separator: "// readme-end").first)
        let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains(example))
    }
}
