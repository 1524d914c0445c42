import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueTesting
import ProcessSupport
import Testing

extension CrashHarness {
    /// Somebody else's program on the same Forge interrupts and skips at random, whatever is drawn.
    @Suite struct ForeignTests {
        private static let seeds: [Int64] = [11, 12, 13, 14]

        @Test(
            "No picture that somebody else cut short is ever a result",
            arguments: [SimulatorConfiguration.Mode.webui, .nowebui],
            [ForgeConfiguration.Exclusivity.shared, .exclusive]
        )
        func strangers(mode: SimulatorConfiguration.Mode, exclusivity: ForgeConfiguration.Exclusivity) async throws {
            let seed = CrashHarness.seed()
            var configuration = SimulatorConfiguration()
            configuration.mode = mode
            configuration.stepTime = .milliseconds(12)
            try await withWorker(configuration, exclusivity) { queue, forge in
                let stranger = Stranger(forge: forge.baseURL)
                let rounds = CrashHarness.rounds(short: 12, long: 120)
                try await disturb(queue, forge, stranger, rounds, seed: seed, "\(mode) \(exclusivity)")
            }
        }

        @Test("Nor one that was cut while the stranger's own job waited behind it")
        func strangersQueue() async throws {
            let seed = CrashHarness.seed()
            var configuration = SimulatorConfiguration()
            configuration.stepTime = .milliseconds(12)
            // From an interrupt to the end of its job Forge takes 0.7 s and more (FORGE.md, section 8).
            configuration.decodeTime = .milliseconds(700)
            try await withWorker(configuration, .shared) { queue, forge in
                let stranger = Stranger(forge: forge.baseURL, alsoDraws: true)
                let rounds = CrashHarness.rounds(short: 6, long: 60)
                try await disturb(queue, forge, stranger, rounds, seed: seed, "shared, with the stranger's drawings")
            }
        }

        private func disturb(
            _ queue: ImageQueue,
            _ forge: ForgeSimulator,
            _ stranger: Stranger,
            _ rounds: Int,
            seed: UInt64,
            _ title: String
        ) async throws {
            var chance = SeededGenerator(seed: seed)
            var references: [Int64: String] = [:]
            for seed in Self.seeds {
                let job = try await draw(queue, seed: seed)
                references[seed] = try #require(job.images.first?.sha256)
            }
            var states: [JobState: Int] = [:]
            var failed: [Job] = []
            func cuts() -> [Drawn] {
                forge.generations.map(Drawn.init).filter { $0.wasCut && $0.task.hasPrefix("iq-") }
            }
            var round = 0
            // Chance may have spared them all: a few more, then, but not without end.
            while round < rounds || (cuts().count < 3 && round < 6 * rounds) {
                round += 1
                let seed = Self.seeds.randomElement(using: &chance) ?? 11
                let wait = Duration.milliseconds(Int.random(in: 0...300, using: &chance))
                let deed = Stranger.Deed.allCases.randomElement(using: &chance) ?? .interrupt
                async let mischief: Void = stranger.disturb(by: deed, after: wait)
                let job = try await draw(queue, seed: seed)
                try await mischief
                states[job.state, default: 0] += 1
                if job.state == .complete {
                    #expect(job.images.map(\.sha256) == [references[seed]], "a cut picture was stored")
                } else {
                    #expect(job.state == .failed)
                    #expect(job.failure?.code == .interruptedByOther)
                    #expect(job.images.isEmpty)
                    failed.append(job)
                }
            }
            let drawn = forge.generations.map(Drawn.init)
            let cut = cuts()
            let tries = failed.map { job in drawn.count { $0.task.hasPrefix("iq-\(job.id)-") } }
            #expect(tries.allSatisfy { $0 == 5 })
            #expect(cut.count >= 3, "too few were cut short to show anything")
            let counts = states.map { "\($0.value) \($0.key)" }.sorted()
            print("strangers, \(title), seed \(seed): \(cut.count) drawings cut short; jobs: \(counts)")
        }

        private func draw(_ queue: ImageQueue, seed: Int64) async throws -> Job {
            let id = try await queue.submit(Submission(request: .small("kedi", seed: seed, steps: 20))).jobID
            #expect(try await queue.history(of: id).filter(\.isFinal).count == 1)
            return try #require(try await queue.status(of: id))
        }

        private func withWorker(
            _ configuration: SimulatorConfiguration,
            _ exclusivity: ForgeConfiguration.Exclusivity,
            _ body: (ImageQueue, ForgeSimulator) async throws -> Void
        ) async throws {
            try await Sandbox.with { box in
                try await Household.with(box, simulator: configuration, exclusivity: exclusivity) { house in
                    try await body(house.queue, house.forge)
                }
            }
        }
    }
}
