import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport
import Testing

extension CrashHarness {
    /// Whose turn it is, and which model is loaded, where a real worker draws on simulated Forges.
    @Suite struct SharingTests {
        @Test("Beside another owner's hundred jobs, one job begins within two job times")
        func oneBesideHundred() async throws {
            var simulator = SimulatorConfiguration()
            simulator.stepTime = .milliseconds(10)
            try await Sandbox.with { box in
                try await Household.with(box, simulator: simulator) { house in
                    _ = try await house.queue.submit((0..<100).map { submission("many \($0)", owner: "many") })
                    try await eventually("some are drawn") { house.forge.generations.count > 10 ? () : nil }
                    let asked = ContinuousClock.now
                    let one = try await house.queue.submit(submission("one", owner: "one")).jobID
                    // Some may begin while the submit waits for the disk.
                    let before = house.forge.generations.count
                    let begun = try await eventually("it begins") {
                        house.forge.generations.first { $0.prompt == "one" }
                    }
                    // What was being drawn when it came, and what was reserved, whose request may just leave.
                    let between = begun.id - 1 - before
                    #expect(between <= 2, "\(between) jobs of another began before it")
                    print("one beside a hundred: \(between) before it, after \(asked.duration(to: begun.started))")
                    _ = try await house.queue.history(of: one)
                    _ = try await house.queue.cancel(matching: JobFilter())
                }
            }
        }

        @Test("Two models over two Forges, 200 jobs: each Forge settles on one")
        func modelSwitches() async throws {
            var simulator = SimulatorConfiguration()
            simulator.stepTime = .milliseconds(3)
            simulator.modelLoadTime = .milliseconds(100)
            try await Sandbox.with { box in
                try await ForgeSimulator.withServer(simulator) { first in
                    try await ForgeSimulator.withServer(simulator) { second in
                        try await draw(200, on: [first, second], in: box)
                        let orders = [first, second].map { $0.generations.map(\.prompt) }
                        let switches = orders.map { order in
                            // The first load counts as well.
                            1 + zip(order, order.dropFirst()).count { $0 != $1 }
                        }
                        print("two models over two Forges: \(orders.map(\.count)) drawn, \(switches) switches")
                        #expect(orders.map(\.count).reduce(0, +) == 200)
                        #expect(orders.allSatisfy { $0.count > 20 })
                        #expect(switches.reduce(0, +) <= 4)
                    }
                }
            }
        }

        private func submission(_ prompt: String, owner: String = "", model: String? = nil) -> Submission {
            var submission = Submission(request: .small(prompt, seed: 1, steps: 4))
            submission.request.drawing?.model = model
            submission.owner = Owner(rawValue: owner)
            return submission
        }

        private func draw(_ count: Int, on forges: [ForgeSimulator], in box: Sandbox) async throws {
            let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
            let files = try DirectoryImageFiles(directory: box.images)
            let queue = ImageQueue(store: store)
            let models = ["random-a", "random-b"]
            let jobs = try await queue.submit(
                (0..<count).map { submission(models[$0 % 2], model: models[$0 % 2]) }
            ).map(\.jobID)
            var configuration = WorkerConfiguration()
            configuration.stopsWhenDrained = true
            let worker = ImageWorker(
                queue: queue,
                backends: try forges.map {
                    ForgeGenerator(configuration: try ForgeConfiguration(baseURL: $0.baseURL.absoluteString))
                },
                files: files,
                configuration: configuration
            )
            try await worker.run()
            for job in jobs { #expect(try await queue.status(of: job)?.state == .complete) }
            await files.close()
            await store.close()
        }
    }
}
