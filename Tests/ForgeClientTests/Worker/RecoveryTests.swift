import ForgeSimulator
import ImageQueueCore
import Testing

@testable import ForgeClient

/// How one Forge, with nobody to take its place, becomes of use again.
@Suite("A worker on a Forge that must recover", .timeLimit(.minutes(1)))
struct RecoveryTests {
    private static let good = SimulatedModel(name: "good")
    private static let other = SimulatedModel(name: "other")
    private static let broken = SimulatedModel(name: "broken", isBroken: true)
    private static let alsoBroken = SimulatedModel(name: "also-broken", isBroken: true)

    @Test(
        "A broken model fails its own job, and the job of the good one is drawn in the end",
        arguments: [nil, "good"]
    )
    func lostModel(named model: String?) async throws {
        let models = [Self.good, Self.broken, Self.alsoBroken, Self.other]
        try await Studio.withForge([], { $0.models = models }) { forge in
            let studio = Studio()
            try await studio.working(on: [try Studio.generator(forge)], { $0.slowLook = .milliseconds(50) }) {
                let one = try await studio.ended(studio.submit { $0.model = model })
                #expect(one.state == .complete)
                let bad = try await studio.ended(studio.submit { $0.model = "broken" })
                #expect(bad.failure?.code == .rejectedInput)
                let last = try await studio.ended(studio.submit { $0.model = model })
                #expect(last.state == .complete && last.attempt == 2)
            }
            // The small drawings of its own: one with a model that turned out to be broken, one that helped.
            let small = forge.generations.filter { $0.prompt == "a stone" }
            #expect(small.map { $0.failure == nil } == [false, true])
            #expect(small.allSatisfy { $0.stepsAsked == 1 })
            #expect(forge.mostGenerationsAtOnce == 1)
        }
    }

    @Test("Without another model it draws nothing of its own, and the Forge is left alone after five failures")
    func noOther() async throws {
        try await Studio.withForge([], { $0.models = [Self.good, Self.broken] }) { forge in
            let studio = Studio()
            try await studio.working(on: [try Studio.generator(forge)], { $0.slowLook = .milliseconds(50) }) {
                let one = try await studio.ended(studio.submit())
                #expect(one.state == .complete)
                _ = try await studio.ended(studio.submit { $0.model = "broken" })
                let two = try await studio.ended(studio.submit())
                #expect(two.failure?.code == .modelBroken)
                let waiting = try await studio.submit()
                // Two tries more, then nothing for a minute: the job is kept.
                try await until { forge.generations.count >= 7 }
                #expect(try await studio.queue.status(of: waiting)?.state.isFinal == false)
            }
            #expect(!forge.generations.contains { $0.prompt == "a stone" })
            #expect(forge.generations.count == 7)
        }
    }

    @Test("It can be told not to draw of its own accord")
    func untouched() async throws {
        try await Studio.withForge([], { $0.models = [Self.good, Self.broken, Self.other] }) { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.revivesModels = false }
            try await studio.working(on: [generator], { $0.slowLook = .milliseconds(50) }) {
                _ = try await studio.ended(studio.submit())
                _ = try await studio.ended(studio.submit { $0.model = "broken" })
                let one = try await studio.ended(studio.submit())
                #expect(one.failure?.code == .modelBroken)
                // Somebody who draws with another model brings it back as well.
                let two = try await studio.ended(studio.submit { $0.model = "other" })
                #expect(two.state == .complete)
                let three = try await studio.ended(studio.submit())
                #expect(three.state == .complete)
            }
            #expect(!forge.generations.contains { $0.prompt == "a stone" })
        }
    }

    @Test("Jobs wait while a Forge starts and settles; none is drawn in its first seconds")
    func startUp() async throws {
        let starting: (inout SimulatorConfiguration) -> Void = {
            $0.startUpNotFound = .seconds(4)
            $0.startUpDegraded = .milliseconds(500)
        }
        try await Studio.withForge([], starting) { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.settleTime = .milliseconds(600) }
            try await studio.working(on: [generator]) {
                let job = try await studio.ended(studio.submit())
                #expect(job.state == .complete && job.attempt == 1)
            }
            #expect(forge.generations.map(\.wasDegraded) == [false])
            #expect(forge.log.contains { $0.status == 404 && $0.path == "/sdapi/v1/progress" })
        }
    }

    @Test("A job of which Forge dies each time is given up in the end, and the next one is drawn")
    func deadly() async throws {
        try await Studio.withForge(["restart=200ms@txt2img*3"]) { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.settleTime = .zero }
            let impatient: (inout WorkerConfiguration) -> Void = {
                $0.slowLook = .milliseconds(50)
                $0.breaker.openTime = .milliseconds(50)
            }
            try await studio.working(on: [generator], impatient) {
                let deadly = try await studio.ended(studio.submit(steps: 20))
                #expect(deadly.failure?.code == .connectionLost)
                let next = try await studio.ended(studio.submit())
                #expect(next.state == .complete)
            }
            #expect(forge.count("/sdapi/v1/txt2img") == 4, "each death is one of its three tries")
        }
    }

    @Test("A Forge that was not seen to start is not waited for, and the simulator marks what it draws too soon")
    func noStartUp() async throws {
        try await Studio.withForge([], { $0.startUpDegraded = .seconds(3600) }) { forge in
            let studio = Studio()
            try await studio.working(on: [try Studio.generator(forge)]) {
                let one = try await studio.ended(studio.submit())
                #expect(one.state == .complete)
            }
            #expect(forge.generations.map(\.wasDegraded) == [true])
        }
    }

    @Test("Answers about progress that take seconds don't hold the picture up")
    func slowProgress() async throws {
        try await Studio.withForge(["delay=8s@progress", "delay=8s@internal-progress"]) { forge in
            let generator = try Studio.generator(forge)
            var task = Samples.task(steps: 30)
            task.request.drawing?.scheduler = "Simple"
            let begun = ContinuousClock.now
            let picture = try await generator.draw(task) { _ in }.image()
            let took = ContinuousClock.now - begun
            #expect(picture.width == 64)
            #expect(forge.log.contains { $0.path == "/internal/progress" })
            #expect(took < .seconds(7), "\(took)")
        }
    }

    @Test("Without task ids a drawing's progress is told, though the first look comes after the first step")
    func progressWithoutTasks() async throws {
        try await Studio.withForge([], { $0.mode = .nowebui }) { forge in
            let generator = try Studio.generator(forge) { $0.pollInterval = .milliseconds(150) }
            let seen = OneShot<Double>()
            _ = try await generator.draw(Samples.task(steps: 60)) { seen.fill($0.fraction) }.image()
            #expect(try #require(seen.current) > 0.01)
        }
    }
}
