import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

/// What becomes of a request whose answer nobody waits for any more, and of the one behind it.
@Suite("What was left with a Forge", .timeLimit(.minutes(1)))
struct LeftBehindTests {
    private let first = Samples.task(1)
    private let second = Samples.task(2)

    private func generator(_ clock: any Clock<Duration>, _ transport: ScriptedTransport) -> ForgeGenerator {
        var configuration = ForgeConfiguration()
        configuration.clock = clock
        return ForgeGenerator(configuration: configuration, generation: transport, control: transport)
    }

    /// A Forge that draws until it is interrupted, and answers a second request not at all.
    ///
    /// - Parameter bad: How many of the first questions about the task a proxy answers, with 502.
    private func drawing(firstAnswer: ScriptedTransport.Reply, bad: Int = 0) -> ScriptedTransport {
        let isStopped = Lock(false)
        return ScriptedTransport { request, before in
            switch request.endpoint {
            case .textToImage: return before == 0 ? firstAnswer : .kept
            case .taskProgress where before < bad: return .json("<html>", status: 502)
            case .taskProgress:
                let (active, completed) = isStopped.withLock { (!$0, $0) }
                return .json(Samples.taskProgress(active, false, completed))
            case .progress: return .json(Samples.serverProgress(running: true))
            case .interrupt:
                isStopped.withLock { $0 = true }
                return .json("{}")
            default: return .json("[]")
            }
        }
    }

    /// A Forge that knows of no request, and answers none.
    private func ignorant() -> ScriptedTransport {
        ScriptedTransport { request, _ in
            switch request.endpoint {
            case .textToImage: .kept
            case .taskProgress: .json(Samples.taskProgress(false, false, false))
            default: .json("[]")
            }
        }
    }

    /// Gives a drawing up whose request has left.
    private func giveUp(_ task: DrawingTask, _ generator: ForgeGenerator, _ transport: ScriptedTransport) async throws {
        let drawing = Task { try await generator.draw(task) { _ in } }
        try await transport.waitFor(.textToImage)
        drawing.cancel()
        await #expect(throws: CancellationError.self) { _ = try await drawing.value }
    }

    @Test("A request that Forge does not know may be on its way while its connection is open: the next one waits")
    func onItsWay() async throws {
        let clock = ManualClock()
        let transport = ignorant()
        let generator = generator(clock, transport)
        try await giveUp(first, generator, transport)
        let begun = clock.now
        let next = Task { try await generator.draw(second) { _ in } }
        while transport.count(.textToImage) < 2 { try await clock.step(within: .seconds(1)) }
        #expect(begun.duration(to: clock.now) >= .seconds(3))
        next.cancel()
        _ = try? await next.value
    }

    @Test(
        "After a proxy's 504 the drawing is still Forge's: it is stopped before the next one leaves",
        arguments: [0, 1]
    )
    func proxy(bad: Int) async throws {
        let transport = drawing(firstAnswer: .json("<html>", status: 504), bad: bad)
        let generator = generator(ContinuousClock(), transport)
        let error = await #expect(throws: GenerationError.self) { _ = try await generator.draw(first) { _ in } }
        #expect(error?.failureClass == .connectionLost)
        let next = Task { try await generator.draw(second) { _ in } }
        try await transport.waitFor(.textToImage, count: 2)
        let sent = transport.requests.map(\.endpoint)
        let stop = try #require(sent.firstIndex(of: .interrupt))
        let last = try #require(sent.lastIndex(of: .textToImage))
        #expect(stop < last)
        next.cancel()
        _ = try? await next.value
    }

    @Test("Where what forwards connections breaks each, nobody is behind it: the next drawing does not wait for long")
    func forwarder() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { request, before in
            switch request.endpoint {
            case .textToImage where before > 0: .kept
            case .textToImage, .taskProgress, .progress: .failure(.connectionLost)
            default: .json("[]")
            }
        }
        let generator = generator(clock, transport)
        await #expect(throws: GenerationError.self) { _ = try await generator.draw(first) { _ in } }
        let begun = clock.now
        let next = Task { try await generator.draw(second) { _ in } }
        while transport.count(.textToImage) < 2, begun.duration(to: clock.now) < .seconds(60) {
            try await clock.step(within: .seconds(1))
        }
        #expect(transport.count(.textToImage) == 2)
        next.cancel()
        _ = try? await next.value
    }

    @Test("An interrupt of a drawing that waits behind another ends it at once, and it is never sent")
    func withdrawn() async throws {
        // It stands still: nothing but the interrupt ends the wait.
        let clock = ManualClock()
        let transport = ignorant()
        let generator = generator(clock, transport)
        try await giveUp(first, generator, transport)
        let next = Task { try await generator.draw(second) { _ in } }
        try await transport.waitFor(.taskProgress)
        #expect(try await generator.interrupt(second.id) == .sent)
        let error = await #expect(throws: GenerationError.self) { _ = try await next.value }
        #expect(error?.failureClass == .interrupted)
        #expect(transport.count(.textToImage) == 1 && transport.count(.interrupt) == 0)
    }

    @Test("An interrupt of a drawing that still asks for names ends it at once, and it is never sent")
    func withdrawnEarly() async throws {
        let transport = ScriptedTransport { _, _ in .kept }
        let generator = generator(ManualClock(), transport)
        let drawing = Task { try await generator.draw(first) { _ in } }
        try await transport.waitFor(.models)
        #expect(try await generator.interrupt(first.id) == .sent)
        let error = await #expect(throws: GenerationError.self) { _ = try await drawing.value }
        #expect(error?.failureClass == .interrupted)
        #expect(transport.requests.map(\.endpoint) == [.models])
    }

    @Test("What another process sent and Forge does not know may be an upscale that failed and looks busy for ever")
    func unknownOrphan() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { request, _ in
            switch request.endpoint {
            case .taskProgress: .json(Samples.taskProgress(false, false, false))
            case .progress: .json(Samples.serverProgress(running: true))
            default: .json("[]")
            }
        }
        let generator = generator(clock, transport)
        let isSettled = Lock(false)
        let begun = clock.now
        let settling = Task {
            try await generator.settleOrphan(first.id)
            isSettled.withLock { $0 = true }
            clock.wakeWatchers()
        }
        while !isSettled.withLock({ $0 }), begun.duration(to: clock.now) < .seconds(120) {
            try await clock.step(within: .seconds(1))
        }
        try await settling.value
        #expect(begun.duration(to: clock.now) == .seconds(120))
        // An upscale makes one picture: a second one was drawn, or never sent.
        var second = first.id
        second.number = 1
        try await generator.settleOrphan(second)
        #expect(transport.count(.interrupt) == 0)
    }

    @Test("A task that failed looks active for as long as an upscale that failed looks busy: neither is waited for")
    func failedBeside() async throws {
        let recording = try Recording.named("08-img2img-extras/ex-unknown-upscaler-state")
        let stuck = String(decoding: recording.body, as: UTF8.self)
        let transport = ScriptedTransport { request, _ in
            switch request.endpoint {
            case .taskProgress: .json(Samples.taskProgress(true, false, false))
            case .progress: .json(stuck)
            default: .json("[]")
            }
        }
        // On a clock that stands still: it may wait for nothing.
        try await generator(ManualClock(), transport).settleOrphan(first.id)
        #expect(transport.count(.interrupt) == 0)
    }

    @Test("What is cancelled before its request has left sends none, though nothing holds it up")
    func cancelledBefore() async throws {
        let transport = ignorant()
        let generator = generator(ManualClock(), transport)
        // The names that it asks for before its first drawing are known.
        try? await generator.renewNames()
        let drawing = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await generator.draw(first) { _ in }
        }
        await #expect(throws: CancellationError.self) { try await drawing.value }
        #expect(transport.count(.textToImage) == 0)
    }

    @Test("One that takes long to stop is interrupted every two seconds")
    func slowToStop() async throws {
        let clock = ManualClock()
        let interrupts = Lock<[ManualClock.Instant]>([])
        let transport = ScriptedTransport { request, _ in
            let isStopped = interrupts.withLock { $0.first.map { $0.duration(to: clock.now) >= .seconds(7) } ?? false }
            switch request.endpoint {
            case .textToImage: return .kept
            case .taskProgress: return .json(Samples.taskProgress(!isStopped, false, isStopped))
            case .progress: return .json(Samples.serverProgress(running: !isStopped))
            case .interrupt:
                interrupts.withLock { $0.append(clock.now) }
                return .json("{}")
            default: return .json("[]")
            }
        }
        let generator = generator(clock, transport)
        try await giveUp(first, generator, transport)
        let next = Task { try await generator.draw(second) { _ in } }
        while transport.count(.textToImage) < 2 { try await clock.step(within: .seconds(1)) }
        let times = interrupts.withLock { $0 }
        #expect(times.map { times[0].duration(to: $0) } == [0, 2, 4, 6].map { .seconds($0) })
        next.cancel()
        _ = try? await next.value
    }

    @Test("The same task, given up and asked for again, is stopped and drawn anew")
    func again() async throws {
        let transport = drawing(firstAnswer: .kept)
        let generator = generator(ContinuousClock(), transport)
        try await giveUp(first, generator, transport)
        let next = Task { try await generator.draw(first) { _ in } }
        try await transport.waitFor(.textToImage, count: 2)
        #expect(transport.count(.interrupt) == 1)
        next.cancel()
        _ = try? await next.value
    }
}
