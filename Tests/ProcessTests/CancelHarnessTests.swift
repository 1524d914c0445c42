import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import Testing

extension ProcessTests {
    /// Cancels at random moments, against everything that may happen to a job at that moment, beside a second job on the
    /// same Forge. The short form makes 30 rounds; `IMAGE_QUEUE_CANCELS=500` makes the long one.
    @Suite struct CancelHarnessTests {
        private static let rounds = ProcessInfo.processInfo.environment["IMAGE_QUEUE_CANCELS"].flatMap(Int.init) ?? 30

        @Test("cancel(A) never changes B, and its outcome is what then happened", .timeLimit(.minutes(30)))
        func rounds() async throws {
            try await Sandbox.with { box in
                var configuration = SimulatorConfiguration()
                configuration.stepTime = .milliseconds(4)
                try await ForgeSimulator.withServer(configuration) { forge in
                    // The worker has the file open, and somebody else cancels: as two processes would.
                    let drawing = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                    let asking = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                    let files = try DirectoryImageFiles(directory: box.images)
                    let worker = ImageWorker(
                        queue: ImageQueue(store: drawing),
                        backends: [
                            ForgeGenerator(
                                configuration: try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
                            )
                        ],
                        files: files
                    )
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await worker.run() }
                        let queue = ImageQueue(store: asking)
                        let reference = try await neighbour(queue).value
                        var outcomes: [String: Int] = [:]
                        for _ in 0..<Self.rounds {
                            let word = try await round(queue, forge, reference: reference)
                            outcomes[word, default: 0] += 1
                        }
                        print("cancel outcomes: \(outcomes.sorted { $0.key < $1.key })")
                        worker.stop()
                        try await group.waitForAll()
                    }
                    await files.close()
                    await asking.close()
                    await drawing.close()
                    // Between Forge's word that A is drawn and the interrupt's arrival A may end, and then nothing is drawn:
                    // no request of ours leaves meanwhile. So an interrupt hits A or nothing.
                    let neighbours = Set(forge.generations.filter { $0.prompt == "B" }.map(\.taskID))
                    for interrupt in forge.log where interrupt.path == "/sdapi/v1/interrupt" {
                        #expect(interrupt.activeAtArrival.map { !neighbours.contains($0) } ?? true)
                    }
                    #expect(forge.generations.allSatisfy { $0.prompt == "A" || $0.interrupted == false })
                    #expect(forge.mostGenerationsAtOnce == 1)
                }
            }
        }

        private func request(_ prompt: String, seed: Int64, steps: Int) -> Submission {
            var request = TextToImageRequest(prompt: prompt)
            request.width = 64
            request.height = 64
            request.seed = seed
            request.steps = steps
            return Submission(request: request)
        }

        /// Submits B, whose picture is always the same; its value is the picture's SHA-256 once it is there.
        private func neighbour(_ queue: ImageQueue) async throws -> Task<String, any Error> {
            let receipt = try await queue.submit(request("B", seed: 1, steps: 8))
            return Task {
                let job = try await end(of: receipt.jobID, queue)
                #expect(job.state == .complete)
                #expect(job.attempt == 1)
                return try #require(job.images.first?.sha256)
            }
        }

        private func end(of job: JobID, _ queue: ImageQueue) async throws -> Job {
            var finals = 0
            for try await event in try await queue.events(matching: JobFilter(jobs: [job])) where event.isFinal {
                finals += 1
            }
            #expect(finals == 1)
            return try #require(try await queue.status(of: job))
        }

        private func round(_ queue: ImageQueue, _ forge: ForgeSimulator, reference: String) async throws -> String {
            var submission = request("A", seed: 2, steps: 10)
            submission.request.pictureCount = Int.random(in: 1...2)
            let isFirst = Bool.random()
            let early = isFirst ? nil : try await neighbour(queue)
            let receipt = try await queue.submit(submission)
            let late = isFirst ? try await neighbour(queue) : nil
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...220)))
            let outcome = try await queue.cancel(receipt.jobID)
            let attempt = try #require(try await queue.status(of: receipt.jobID)).attempt
            let job = try await end(of: receipt.jobID, queue)
            for picture in [early, late].compactMap({ $0 }) { #expect(try await picture.value == reference) }
            #expect(job.attempt == attempt)
            let drawn = forge.generations.filter { $0.taskID.hasPrefix("iq-\(job.id)-") }
            #expect(drawn.count <= submission.request.pictureCount)
            switch outcome {
            case .cancelled:
                #expect(job.state == .cancelled)
                #expect(drawn.isEmpty)
                return "cancelled"
            case .requested:
                #expect(job.state == .cancelled || job.state == .complete)
                #expect(job.state == .complete || job.images.count < submission.request.pictureCount)
                return job.state == .complete ? "requested, too late" : "requested"
            case .alreadyEnded(let state):
                #expect(state == job.state)
                return "already ended"
            case .notFound:
                Issue.record("a job that was submitted was not found")
                return "not found"
            }
        }
    }
}
