import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

extension ForgeGenerator {
    /// Draws a picture and waits until it is there.
    fileprivate func drawWhole(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> DrawnImage {
        try await draw(task, onProgress: onProgress).image()
    }
}

@Suite("Against a simulated Forge, over HTTP", .timeLimit(.minutes(1)))
struct SimulatedForgeTests {
    private func task(_ prompt: String = "kedi", steps: Int = 10, seed: Int64 = 7) -> DrawingTask {
        var request = TextToImageRequest(prompt: prompt)
        request.width = 64
        request.height = 64
        request.steps = steps
        request.seed = seed
        return DrawingTask(id: DrawingTask.ID(job: .make(), attempt: 1, number: 0), request: request)
    }

    private func withForge<Result: Sendable>(
        _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        _ changeClient: (inout ForgeConfiguration) -> Void = { _ in },
        exclusivity: ForgeConfiguration.Exclusivity = .shared,
        credentials: ForgeConfiguration.Credentials? = nil,
        _ body: (ForgeSimulator, ForgeGenerator) async throws -> Result
    ) async throws -> Result {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(20)
        change(&configuration)
        return try await ForgeSimulator.withServer(configuration) { forge in
            var client = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            client.exclusivity = exclusivity
            client.credentials = credentials
            client.pollInterval = .milliseconds(50)
            changeClient(&client)
            return try await body(forge, ForgeGenerator(configuration: client))
        }
    }

    /// Draws, and interrupts as soon as the simulator is at the task.
    private func interrupting(
        _ forge: ForgeSimulator,
        _ generator: ForgeGenerator,
        _ task: DrawingTask
    ) async throws -> (drawing: Result<DrawnImage, any Error>, interrupt: InterruptOutcome) {
        async let drawing: Result<DrawnImage, any Error> = {
            do { return .success(try await generator.drawWhole(task) { _ in }) } catch { return .failure(error) }
        }()
        try await until { forge.activeTask == task.id.description }
        let outcome = try await generator.interrupt(task.id)
        return (await drawing, outcome)
    }

    private func failureClass(_ error: any Error) -> GenerationError.FailureClass? {
        (error as? GenerationError)?.failureClass
    }

    @Test("Draws the picture that was asked for, and its progress rises")
    func draws() async throws {
        try await withForge { forge, generator in
            let seen = Lock<[Double]>([])
            let task = task(steps: 60)
            let picture = try await generator.drawWhole(task) { progress in
                seen.withLock { $0.append(progress.fraction) }
            }
            #expect(picture.format == .png)
            #expect((picture.width, picture.height) == (64, 64))
            #expect(picture.seed == 7)
            #expect(picture.warnings.isEmpty)
            #expect(picture.infotext?.contains("Steps: 60") == true)
            let fractions = seen.withLock { $0 }
            #expect(!fractions.isEmpty)
            #expect(fractions == fractions.sorted())
            #expect(fractions.allSatisfy { $0 > 0 && $0 < 1 })
            #expect(forge.generations.map(\.taskID) == [task.id.description])
            #expect(!forge.log.contains { $0.path.contains("cmd-flags") || $0.path.contains("/options") })
        }
    }

    @Test("A second pass makes the larger picture, and progress rises over both")
    func hires() async throws {
        try await withForge({ $0.stepTime = .milliseconds(50) }) { forge, generator in
            let seen = Lock<[Double]>([])
            var task = task(steps: 30)
            task.request.drawing?.hires = HiresFix()
            task.request.drawing?.isStrict = true
            let picture = try await generator.drawWhole(task) { progress in
                seen.withLock { $0.append(progress.fraction) }
            }
            #expect((picture.width, picture.height) == (128, 128))
            #expect(picture.infotext?.contains("Hires upscaler: Latent") == true)
            let fractions = seen.withLock { $0 }
            #expect(fractions == fractions.sorted())
            // Looks in both passes.
            #expect(fractions.contains { $0 < 0.45 } && fractions.contains { $0 > 0.55 }, "\(fractions)")
            #expect(forge.generations.first?.stepsDone == 60)
        }
    }

    @Test("A drawing that does not move is given up, and the next one waits until Forge is free of it")
    func hung() async throws {
        let slow: (inout SimulatorConfiguration) -> Void = { $0.stepTime = .seconds(2) }
        try await withForge(slow, { $0.stallLimit = .milliseconds(400) }) { forge, generator in
            let stuck = task("stuck", steps: 30)
            let error = await #expect(throws: GenerationError.self) {
                try await generator.drawWhole(stuck) { _ in }
            }
            #expect(error?.failureClass == .hung)
            #expect(forge.activeTask == stuck.id.description)
            try await generator.settleOrphan(stuck.id)
            #expect(forge.activeTask == nil)
            #expect(forge.generations.first?.interrupted == true)
        }
    }

    @Test("Where memory did not suffice the model is unloaded, and another try draws")
    func outOfMemory() async throws {
        let fault = try Fault(argument: "out-of-memory@txt2img*1")
        try await withForge({ $0.faults = [fault] }) { forge, generator in
            let task = task(steps: 2)
            let error = await #expect(throws: GenerationError.self) {
                try await generator.drawWhole(task) { _ in }
            }
            #expect(error?.failureClass == .outOfMemory)
            #expect(forge.log.map(\.path).contains("/sdapi/v1/unload-checkpoint"))
            let picture = try await generator.drawWhole(task) { _ in }
            #expect(picture.width == 64)
            #expect(forge.log.count { $0.path == "/sdapi/v1/unload-checkpoint" } == 1)
        }
    }

    @Test("A strict job fails where another would get a warning")
    func strict() async throws {
        try await withForge { _, generator in
            var task = task(steps: 2)
            task.request.drawing?.sampler = "NoSuchSampler"
            let lenient = try await generator.drawWhole(task) { _ in }
            #expect(lenient.warnings.count == 1)
            task.request.drawing?.isStrict = true
            let strict = task
            let error = await #expect(throws: GenerationError.self) {
                try await generator.drawWhole(strict) { _ in }
            }
            #expect(error?.failureClass == .notAsAsked)
        }
    }

    @Test("Variations of one seed differ, and one subseed draws the same picture again")
    func subseeds() async throws {
        try await withForge { _, generator in
            var task = task(steps: 1)
            let plain = try await generator.drawWhole(task) { _ in }
            task.request.drawing?.subseed = 3
            task.request.drawing?.subseedStrength = 0.1
            let first = try await generator.drawWhole(task) { _ in }
            let again = try await generator.drawWhole(task) { _ in }
            task.id.number = 1
            let second = try await generator.drawWhole(task) { _ in }
            #expect(first.bytes == again.bytes)
            #expect(Set([plain.bytes, first.bytes, second.bytes]).count == 3)
            #expect([first.seed, second.seed] == [7, 7])
            #expect(second.infotext?.contains("Variation seed: 4") == true)
        }
    }

    @Test("An interrupt cuts its own task, and the next picture is what it is without one")
    func fenced() async throws {
        try await withForge { forge, generator in
            let plain = try await generator.drawWhole(task("next")) { _ in }
            let (drawing, outcome) = try await interrupting(forge, generator, task("cut", steps: 1_000))
            #expect(outcome == .sent)
            #expect(throws: GenerationError.self) { try drawing.get() }
            let next = try await generator.drawWhole(task("next")) { _ in }
            #expect(next.bytes == plain.bytes)
            #expect(try await generator.interrupt(task("never sent").id) == .notRunning)
            let interrupts = forge.log.filter { $0.path == "/sdapi/v1/interrupt" }
            #expect(interrupts.count == 1)
            #expect(interrupts.allSatisfy { $0.activeAtArrival == forge.generations[1].taskID })
            #expect(forge.mostGenerationsAtOnce == 1)
        }
    }

    @Test("A time limit below a second is none of zero, as Linux would have it")
    func shortLimit() async throws {
        try await withForge({ _ in }, { $0.controlTimeout = .milliseconds(900) }) { forge, generator in
            forge.order(.delay(.milliseconds(100)), for: .progress)
            for _ in 0..<5 { _ = try await generator.control.serverProgress() }
        }
    }

    @Test("An interrupt that was sent counts, though its answer is lost; one that could not be asked for was not sent")
    func interruptUnconfirmed() async throws {
        try await withForge { forge, generator in
            forge.order(.reset, for: .interrupt, times: 1)
            let (drawing, outcome) = try await interrupting(forge, generator, task(steps: 80))
            #expect(outcome == .sent)
            guard case .failure(let error) = drawing else { return #expect(Bool(false), "a picture that may be cut") }
            #expect(failureClass(error) == .interrupted)
        }
        try await withForge({ _ in }, { $0.controlTimeout = .milliseconds(300) }) { forge, generator in
            async let drawing = generator.drawWhole(task(steps: 100)) { _ in }
            try await until { forge.activeTask != nil }
            let running = try #require(forge.activeTask)
            forge.order(.reset, for: .taskProgress)
            let id = try #require(JobID(String(running.dropFirst(3).dropLast(4))))
            await #expect(throws: GenerationError.self) {
                try await generator.interrupt(DrawingTask.ID(job: id, attempt: 1, number: 0))
            }
            #expect(try await drawing.bytes.count > 0)
            #expect(!forge.log.contains { $0.path == "/sdapi/v1/interrupt" })
        }
    }

    @Test("Somebody else's interrupt or skip is never a success", arguments: [false, true])
    func foreign(skips: Bool) async throws {
        try await withForge { forge, generator in
            let task = task(steps: 1_000)
            async let drawing: Result<DrawnImage, any Error> = {
                do { return .success(try await generator.drawWhole(task) { _ in }) } catch { return .failure(error) }
            }()
            // Forge forgets a skip that comes before it has begun to sample.
            try await until { (forge.generations.first?.stepsDone ?? 0) > 0 }
            if skips { forge.skipFromOutside() } else { forge.interruptFromOutside() }
            guard case .failure(let error) = await drawing else {
                Issue.record("a cut picture was taken for a whole one")
                return
            }
            #expect(failureClass(error) == .interruptedByOther)
        }
    }

    @Test(
        "A last look that hangs, or can't connect for a moment, is tried again: a cut that no poll saw is found all the same",
        arguments: [Fault.Effect.hang, .reset, .detail(status: 502, "Bad Gateway")]
    )
    func hinderedLastLook(_ hindrance: Fault.Effect) async throws {
        try await withForge({ _ in }, { $0.pollInterval = .seconds(60) }) { forge, generator in
            forge.order(hindrance, for: .progress, times: hindrance == .hang || hindrance == .reset ? 1 : 4)
            let task = task(steps: 1_000)
            async let drawing: Result<DrawnImage, any Error> = {
                do { return .success(try await generator.drawWhole(task) { _ in }) } catch { return .failure(error) }
            }()
            try await until { forge.activeTask != nil }
            // After a reset a new connection is needed, which the server does not take.
            if hindrance == .reset { forge.order(.refuseConnections(for: .milliseconds(200)), for: .any) }
            forge.interruptFromOutside()
            guard case .failure(let error) = await drawing else {
                Issue.record("a cut picture was taken for a whole one")
                return
            }
            #expect(failureClass(error) == .interruptedByOther)
        }
    }

    @Test("Without task ids a shared Forge is never interrupted, an exclusive one is")
    func withoutTaskIDs() async throws {
        try await withForge({ $0.mode = .nowebui }) { forge, generator in
            let (drawing, outcome) = try await interrupting(forge, generator, task(steps: 100))
            #expect(outcome == .impossible)
            #expect(try drawing.get().width == 64)
            #expect(!forge.log.contains { $0.path == "/sdapi/v1/interrupt" })
        }
        try await withForge({ $0.mode = .nowebui }, exclusivity: .exclusive) { forge, generator in
            let (drawing, outcome) = try await interrupting(forge, generator, task(steps: 1_000))
            #expect(outcome == .sent)
            #expect(throws: GenerationError.self) { try drawing.get() }
            #expect(forge.generations.first?.interrupted == true)
        }
    }

    @Test("A wrong password is told as such, the right one draws")
    func authentication() async throws {
        let right = SimulatorConfiguration.Credentials(user: "u", password: "p")
        for (password, isRight) in [("p", true), ("wrong", false)] {
            let credentials = ForgeConfiguration.Credentials(user: "u", password: password)
            try await withForge({ $0.auth = right }, credentials: credentials) { _, generator in
                do {
                    try await generator.checkHealth()
                    _ = try await generator.drawWhole(task(steps: 1)) { _ in }
                    #expect(isRight)
                } catch {
                    #expect(!isRight)
                    #expect(failureClass(error) == .unauthorized)
                    #expect(!"\(error)".contains(password))
                }
            }
        }
    }

    @Test(
        "Each fault has its class",
        arguments: [
            ("not-found@any", GenerationError.FailureClass.notReady),
            ("drop@txt2img", .connectionLost),
            ("drop-in-body@txt2img", .connectionLost),
            ("garbage@txt2img", .malformedAnswer),
            ("html@txt2img", .malformedAnswer),
            ("no-pictures@txt2img", .interruptedByOther),
            ("out-of-memory@txt2img", .outOfMemory),
            ("error=RuntimeError:broken@txt2img", .backendFailed),
            ("validation=width@txt2img", .rejectedInput),
        ]
    )
    func faults(argument: String, expected: GenerationError.FailureClass) async throws {
        let fault = try Fault(argument: argument)
        try await withForge({ $0.faults = [fault] }) { _, generator in
            let error = await #expect(throws: GenerationError.self) {
                try await generator.drawWhole(task(steps: 2)) { _ in }
            }
            #expect(error?.failureClass == expected)
        }
    }

    @Test("Nobody there is an unavailable backend, and the sentence names the URL")
    func refused() async throws {
        let port = try DeafPort()
        defer { withExtendedLifetime(port) {} }
        let url = "http://127.0.0.1:\(port.number)"
        let generator = ForgeGenerator(configuration: try ForgeConfiguration(baseURL: url))
        let health = await #expect(throws: GenerationError.self) { try await generator.checkHealth() }
        #expect(health?.failureClass == .unavailable)
        #expect(health?.message.contains(url) == true)
        let drawing = await #expect(throws: GenerationError.self) { try await generator.drawWhole(task()) { _ in } }
        #expect(drawing?.failureClass == .unavailable)
    }

    @Test("Another process's orphan is stopped, and nothing is drawn before Forge is free of it")
    func orphan() async throws {
        try await withForge { forge, generator in
            let other = ForgeGenerator(
                configuration: try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            )
            let orphan = task("orphan", steps: 1_000)
            let dead = Task { try await other.drawWhole(orphan) { _ in } }
            try await until { forge.activeTask == orphan.id.description }
            try await generator.settleOrphan(orphan.id)
            #expect(forge.activeTask == nil)
            #expect(forge.generations.first?.interrupted == true)
            #expect(try await generator.drawWhole(task("next")) { _ in }.width == 64)
            try await generator.settleOrphan(task("never sent").id)
            await #expect(throws: GenerationError.self) { try await dead.value }
        }
        try await withForge({ $0.mode = .nowebui }) { forge, generator in
            let other = ForgeGenerator(
                configuration: try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            )
            let orphan = task("orphan", steps: 100)
            async let drawing = other.drawWhole(orphan) { _ in }
            try await until { forge.activeTask == orphan.id.description }
            try await generator.settleOrphan(orphan.id)
            #expect(forge.activeTask == nil)
            // It could not be told apart, so it was waited for.
            #expect(try await drawing.width == 64)
            #expect(!forge.log.contains { $0.path == "/sdapi/v1/interrupt" })
        }
    }

    @Test("A drawing that is given up ends at once; the next one waits until Forge is free of it")
    func givenUp() async throws {
        try await withForge { forge, generator in
            let first = task("given up", steps: 120)
            let drawing = Task { try await generator.drawWhole(first) { _ in } }
            try await until { forge.activeTask == first.id.description }
            drawing.cancel()
            await #expect(throws: CancellationError.self) { try await drawing.value }
            #expect(forge.activeTask == first.id.description)
            let next = try await generator.drawWhole(task("next")) { _ in }
            #expect(next.width == 64)
            #expect(forge.mostGenerationsAtOnce == 1)
            let posts = forge.log.filter { $0.path == "/sdapi/v1/txt2img" }
            #expect(posts.count == 2)
            let ended = forge.generations.first { $0.taskID == first.id.description }?.ended
            #expect(try #require(ended) <= posts[1].arrived)
        }
    }
}
