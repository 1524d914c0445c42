import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import MetricsTestKit
import ProcessSupport
import Testing

extension CrashHarness {
    @Suite struct BreakerTests {
        @Test(
            "Of three backends one fails: the others draw everything, and it draws again when it is well",
            arguments: ["error=RuntimeError:broken@txt2img*6", "refuse=1500ms@txt2img*1"]
        )
        func threeBackends(fault: String) async throws {
            var ill = SimulatorConfiguration()
            ill.stepTime = .milliseconds(5)
            var well = ill
            ill.faults = [try Fault(argument: fault)]
            well.faults = []
            try await Sandbox.with { box in
                try await ForgeSimulator.withServer(ill) { first in
                    try await ForgeSimulator.withServer(well) { second in
                        try await ForgeSimulator.withServer(well) { third in
                            try await draw(on: [first, second, third], in: box)
                        }
                    }
                }
            }
        }

        private func draw(on forges: [ForgeSimulator], in box: Sandbox) async throws {
            try await MetricsRoom.with { metrics in
                let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                let files = try DirectoryImageFiles(directory: box.images)
                let queue = ImageQueue(store: store)
                let generators = try forges.map {
                    ForgeGenerator(configuration: try ForgeConfiguration(baseURL: $0.baseURL.absoluteString))
                }
                var configuration = WorkerConfiguration()
                configuration.breaker.openTime = .milliseconds(1500)
                configuration.breaker.shortestWait = .milliseconds(100)
                // What one backend fails at is drawn by another.
                configuration.retryPolicy.rules[.backendFailed] = .retry(tries: 20)
                configuration.retryPolicy.firstPause = .milliseconds(10)
                configuration.retryPolicy.longestPause = .milliseconds(20)
                let worker = ImageWorker(
                    queue: queue,
                    backends: generators,
                    files: files,
                    configuration: configuration
                )
                func count(_ state: String) -> Int64 {
                    metrics.counterTotal(label: "imagequeue.backend.breaker.total", dimensions: [("state", state)])
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await worker.run() }
                    defer { worker.stop() }
                    let early = try await submit(40, to: queue)
                    try await eventually("it is left alone") { count("open") == 1 ? () : nil }
                    let drawnWhen = pictures(of: forges[0])
                    try await end(early, in: queue)
                    #expect(pictures(of: forges[1]) > 0)
                    #expect(pictures(of: forges[2]) > 0)
                    #expect(drawnWhen == 0)
                    try await eventually("it is well, and draws again") {
                        try await end(try await submit(6, to: queue), in: queue)
                        return pictures(of: forges[0]) > 0 ? () : nil
                    }
                    // Told once, however often it was tried in between.
                    #expect(count("open") == 1)
                    #expect(count("closed") == 1)
                    worker.stop()
                    try await group.waitForAll()
                }
                await files.close()
                await store.close()
            }
        }

        private func submit(_ count: Int, to queue: ImageQueue) async throws -> [JobID] {
            var jobs: [JobID] = []
            for number in 0..<count {
                jobs.append(try await queue.submit(Submission(request: .small("\(number)", seed: 1, steps: 4))).jobID)
            }
            return jobs
        }

        private func end(_ jobs: [JobID], in queue: ImageQueue) async throws {
            for job in jobs {
                let state = try await eventually("\(job) ends") {
                    let job = try await queue.status(of: job)
                    return job?.state.isFinal == true ? job?.state : nil
                }
                #expect(state == .complete)
            }
        }

        /// How many pictures it has given.
        private func pictures(of forge: ForgeSimulator) -> Int {
            forge.generations.map(\.pictures).reduce(0, +)
        }
    }
}
