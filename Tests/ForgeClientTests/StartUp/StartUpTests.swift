import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite("A Forge that has only just started gets no drawing", .timeLimit(.minutes(1)))
struct StartUpTests {
    @Test("It is settled once it has answered for the whole time without a break")
    func value() {
        var startUp = StartUp()
        func standing(_ second: Int) -> StartUp.Standing {
            startUp.standing(at: .seconds(second), settleTime: .seconds(10))
        }
        // What was never away is not waited for.
        startUp.see(.answered, at: .zero)
        #expect(standing(0) == .settled)
        startUp.see(.refused, at: .seconds(100))
        #expect(standing(100) == .away)
        startUp.see(.answered, at: .seconds(110))
        #expect(standing(110) == .settling(.seconds(10)))
        // The recorded order: refused, 404, 200.
        startUp.see(.notFound, at: .seconds(112))
        #expect(standing(113) == .away)
        startUp.see(.answered, at: .seconds(120))
        startUp.see(.answered, at: .seconds(125))
        #expect(standing(129) == .settling(.seconds(1)))
        #expect(standing(130) == .settled)
        startUp.see(.refused, at: .seconds(200))
        startUp.end()
        #expect(standing(200) == .settled)
    }

    @Test("Signs are the paths that are always there, and who listens")
    func signs() {
        func sign(_ status: Int, _ endpoint: ForgeRequest.Endpoint) -> StartUp.Sign? {
            StartUp.Sign(.success(ForgeAnswer(status: status, location: nil, body: .init())), of: endpoint)
        }
        #expect(sign(404, .progress) == .notFound && sign(404, .textToImage) == .notFound)
        #expect(sign(200, .progress) == .answered)
        // Missing with --nowebui, and in older ones.
        #expect(sign(404, .taskProgress) == nil && sign(404, .upscalers) == nil)
        #expect(sign(500, .progress) == nil && sign(401, .progress) == nil)
        // A proxy that finds nobody; one that waits no longer says nothing of a start.
        #expect(sign(502, .progress) == .refused && sign(502, .textToImage) == .refused)
        #expect(sign(504, .textToImage) == nil && sign(524, .textToImage) == nil)
        // What is refused for itself, or by a limit of requests.
        #expect(sign(503, .textToImage) == nil && sign(503, .progress) == nil)
        #expect(StartUp.Sign(.failure(TransportError(kind: .cannotConnect, detail: "")), of: .models) == .refused)
        #expect(StartUp.Sign(.failure(TransportError(kind: .timedOut, detail: "")), of: .progress) == nil)
    }

    private func generator(
        _ clock: ManualClock,
        hasWebPage: Bool,
        first: ScriptedTransport.Reply
    ) -> (ForgeGenerator, ScriptedTransport) {
        var configuration = ForgeConfiguration()
        configuration.clock = clock
        let control = ScriptedTransport { request, before in
            switch request.endpoint {
            case .progress: before == 0 ? first : .json(Samples.serverProgress())
            case .taskProgress where hasWebPage: .json(Samples.taskProgress(false, false, false))
            default: .json(#"{"detail":"Not Found"}"#, status: 404)
            }
        }
        let generation = ScriptedTransport { _, _ in .failure(.connectionLost) }
        return (ForgeGenerator(configuration: configuration, generation: generation, control: control), generation)
    }

    @Test(
        "After a refusal or a 404 it is not ready for ten seconds of answers, and nothing is sent",
        arguments: [false, true]
    )
    func settling(isRefused: Bool) async throws {
        let clock = ManualClock()
        let first: ScriptedTransport.Reply = isRefused ? .failure(.cannotConnect) : .json("{}", status: 404)
        let (generator, generation) = generator(clock, hasWebPage: true, first: first)
        let down = await #expect(throws: GenerationError.self) { try await generator.checkHealth() }
        #expect(down?.failureClass == (isRefused ? .unavailable : .notReady))
        for _ in 0..<2 {
            let early = await #expect(throws: GenerationError.self) { try await generator.checkHealth() }
            #expect(early?.failureClass == .notReady)
            #expect(early?.message.contains("just started") == true)
            let drawing = await #expect(throws: GenerationError.self) {
                _ = try await generator.draw(Samples.task()) { _ in }
            }
            #expect(drawing?.failureClass == .notReady)
            clock.advance(by: .milliseconds(4_900))
        }
        #expect(generation.requests.isEmpty)
        clock.advance(by: .milliseconds(200))
        try await generator.checkHealth()
        let sent = await #expect(throws: GenerationError.self) { _ = try await generator.draw(Samples.task()) { _ in } }
        #expect(sent?.failureClass == .connectionLost)
        #expect(generation.requests.count == 1)
    }

    @Test("One without a web page is ready as soon as it answers")
    func noWebPage() async throws {
        let (generator, _) = generator(ManualClock(), hasWebPage: false, first: .failure(.cannotConnect))
        await #expect(throws: GenerationError.self) { try await generator.checkHealth() }
        try await generator.checkHealth()
    }
}
