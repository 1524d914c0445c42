import ForgeClient
import Foundation
import ImageQueueCore
import ImageQueueStore
import MetricsTestKit
import ProcessSupport
import Testing

extension CrashHarness {
    @Suite struct MetricsTests {
        @Test("After a crash the numbers of whoever takes over are what happened")
        func takenOver() async throws {
            try await Sandbox.with { box in
                // The dead worker's request and four more pass; the next is refused for good.
                let forge = try await SimulatorProcess.start(
                    in: box,
                    stepTime: 30,
                    faults: ["validation=no such cat@txt2img*1+5"]
                )
                let begun = Date.now
                let dying = try box.start("worker", "--forge", forge.url)
                let asked = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                let queue = ImageQueue(store: asked)
                // Long enough to be met while it is drawn.
                let first = try await submit("first", 1, steps: 60, queue)
                let jobs = [first] + [try await submit("second", 2, queue), try await submit("third", 1, queue)]
                let refused = try await submit("refused", 1, queue)
                try await eventually("the first is drawn") { try forge.generations(of: "\(first)").isEmpty ? nil : () }
                dying.send(SIGKILL)
                _ = try await dying.finish()
                // The one that was drawn, and the next one if it was reserved already.
                let probe = DatabaseProbe(path: box.database)
                let held = try #require(
                    try probe.text("SELECT count(*) FROM jobs WHERE worker IS NOT NULL").flatMap(Int64.init)
                )
                #expect((1...2).contains(held))
                // It is the next claim that finds the dead, so that the one who draws counts the lease.
                await asked.close()
                let takenOver = Date.now

                let metrics = try await MetricsRoom.with { metrics in
                    let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                    let files = try DirectoryImageFiles(directory: box.images)
                    var configuration = WorkerConfiguration()
                    configuration.stopsWhenDrained = true
                    let worker = ImageWorker(
                        queue: ImageQueue(store: store),
                        backends: [ForgeGenerator(configuration: try ForgeConfiguration(baseURL: forge.url))],
                        files: files,
                        configuration: configuration
                    )
                    try await worker.run()
                    for job in jobs {
                        #expect(try await store.job(job, as: .operator)?.state == .complete)
                    }
                    #expect(try await store.job(refused, as: .operator)?.state == .failed)
                    await files.close()
                    await store.close()
                    return metrics
                }

                let all = jobs.count + 1
                func ended(_ outcome: String) -> Int64 {
                    let kind = ("kind", "text_to_image")
                    return metrics.counterTotal(
                        label: "imagequeue.jobs.total",
                        dimensions: [kind, ("outcome", outcome)]
                    )
                }
                #expect(ended("complete") == 3)
                #expect(ended("failed") == 1)
                #expect(metrics.counterTotal(label: "imagequeue.jobs.total") == 4)

                let elapsed = Int64(Date.now.timeIntervalSince(begun) * 1_000_000_000)
                let durations = try metrics.expectTimer("imagequeue.job.duration").values
                #expect(durations.count == all)
                #expect(durations.allSatisfy { (1_000_000...elapsed).contains($0) })
                // The first one's waiting had ended with the dead worker.
                let waits = try metrics.expectTimer("imagequeue.job.wait.duration").values
                #expect(waits.count == all - 1)
                #expect(waits.allSatisfy { (1_000_000...elapsed).contains($0) })
                #expect(metrics.counterTotal(label: "imagequeue.leases.expired.total") == held)
                try await checkRequests(metrics, forge, since: takenOver)
                checkDimensions(metrics)
            }
        }

        private func submit(
            _ prompt: String,
            _ pictures: Int,
            steps: Int = 12,
            _ queue: ImageQueue
        ) async throws -> JobID {
            var submission = Submission(request: .small(prompt, seed: 4, steps: steps))
            submission.request.drawing?.pictureCount = pictures
            return try await queue.submit(submission).jobID
        }

        /// As many requests of each kind as the simulator has had since.
        private func checkRequests(_ metrics: TestMetrics, _ forge: SimulatorProcess, since: Date) async throws {
            let paths = [
                "txt2img": "/sdapi/v1/txt2img", "task_progress": "/internal/progress",
                "progress": "/sdapi/v1/progress", "interrupt": "/sdapi/v1/interrupt",
            ]
            func measured(_ endpoint: String, _ code: String) -> Int {
                metrics.timers(label: "forge.request.duration", dimensions: [("endpoint", endpoint), ("code", code)])
                    .map(\.values.count).reduce(0, +)
            }
            for (endpoint, path) in paths {
                func had(_ hundreds: Int64) throws -> Int {
                    try forge.requests(to: path).count {
                        ($0.number("time") ?? 0) > since.timeIntervalSince1970
                            && ($0.integer("status") ?? 0) / 100 == hundreds
                    }
                }
                for hundreds in [Int64(2), 4, 5] {
                    let code = "\(hundreds)xx"
                    // The simulator writes a request down when it has answered it.
                    try await eventually("\(endpoint) \(code): \(measured(endpoint, code)) of \(try had(hundreds))") {
                        try had(hundreds) == measured(endpoint, code) ? () : nil
                    }
                }
            }
            #expect(measured("txt2img", "2xx") == 4)
            #expect(measured("txt2img", "4xx") == 1)
            #expect(measured("interrupt", "2xx") >= 1, "what the dead one had sent was not stopped")
        }

        /// However many jobs there are, the series stay as few.
        private func checkDimensions(_ metrics: TestMetrics) {
            let counters = metrics.counters.map { ($0.label, $0.dimensions) }
            let timers = metrics.timers.map { ($0.label, $0.dimensions) }
            let recorders = metrics.recorders.map { ($0.label, $0.dimensions) }
            for (label, dimensions) in counters + timers + recorders {
                #expect(dimensions.allSatisfy { Self.names.contains($0.0) }, "\(label) \(dimensions)")
                #expect(
                    dimensions.allSatisfy { $0.1.wholeMatch(of: /[a-z0-9_]{1,24}/) != nil },
                    "\(label) \(dimensions)"
                )
            }
            #expect(counters.count + timers.count + recorders.count < 150)
        }

        private static let names: Set = ["kind", "outcome", "endpoint", "code", "state"]
    }
}
