import Dispatch
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct AlternatingTransportTests {
    private func request(_ endpoint: ForgeRequest.Endpoint) -> ForgeRequest {
        ForgeRequest(endpoint: endpoint, timeout: .seconds(1), closesConnection: false)
    }

    @Test("A drawing goes where the last question went, the questions after it elsewhere")
    func turns() {
        let transports = [ScriptedTransport { _, _ in .kept }, ScriptedTransport { _, _ in .kept }]
        let transport = AlternatingTransport(transports[0], transports[1])
        let sent: [ForgeRequest.Endpoint] = [
            .progress, .models, .textToImage, .taskProgress, .interrupt, .imageToImage, .progress, .upscale, .progress,
        ]
        for endpoint in sent { _ = transport.send(request(endpoint), onHead: { _ in }, completion: { _ in }) }
        #expect(transports[0].requests.map(\.endpoint) == [.progress, .models, .textToImage, .progress, .upscale])
        #expect(transports[1].requests.map(\.endpoint) == [.taskProgress, .interrupt, .imageToImage, .progress])
    }

    @Test("A picture waits at its head until the next drawing has left")
    func headStart() async throws {
        let base = ScriptedTransport { request, before in
            before == 0 ? .kept : .failure(.cannotConnect)
        }
        let transport = AlternatingTransport(base, base, headStart: .seconds(600))
        let head = OneShot<Int>()
        let end = OneShot<Int>()
        _ = transport.send(
            request(.textToImage),
            onHead: { head.fill($0) },
            completion: { _ in end.fill(base.requests.count) }
        )
        try LibraryThread.start(named: "answer") { base.release(.textToImage, .json("{}")) }
        #expect(try await head.value() == 200)
        #expect(end.current == nil)
        _ = transport.send(request(.progress), onHead: { _ in }, completion: { _ in })
        #expect(end.current == nil)
        _ = transport.send(request(.textToImage), onHead: { _ in }, completion: { _ in })
        #expect(try await end.value() == 3, "its body came after the next request")
    }

    @Test("What waits at its head holds up neither the drawing's end nor a cancel")
    func heldPicture() async throws {
        let base = ScriptedTransport { request, before in
            switch request.endpoint {
            case .textToImage: before == 0 ? .kept : .failure(.cannotConnect)
            case .progress: .json(Samples.serverProgress())
            default: .json(Samples.taskProgress(false, false, false))
            }
        }
        let transport = AlternatingTransport(base, base, headStart: .seconds(600))
        let generator = ForgeGenerator(configuration: ForgeConfiguration(), generation: transport, control: transport)
        let task = Samples.task()
        async let drawing = generator.draw(task) { _ in }
        try await base.waitFor(.textToImage)
        try LibraryThread.start(named: "answer") { base.release(.textToImage, .json("{}")) }
        let picture = try await drawing
        #expect(base.count(.progress) > 0, "the server was looked at")
        #expect(try await generator.interrupt(task.id) == .notRunning)
        await withThrowingTaskGroup { group in
            group.addTask { _ = try await picture.image() }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        // Ends the waiting.
        _ = transport.send(request(.textToImage), onHead: { _ in }, completion: { _ in })
        await #expect(throws: GenerationError.self) { _ = try await picture.image() }
    }

    @Test("It does not wait for ever, and a refusal not at all")
    func limit() {
        let base = ScriptedTransport { _, before in before == 0 ? .json("{}") : .json("{}", status: 500) }
        let brief = AlternatingTransport(base, base, headStart: .nanoseconds(1))
        let end = OneShot<Bool>()
        _ = brief.send(request(.textToImage), onHead: { _ in }, completion: { _ in end.fill(true) })
        #expect(end.current == true)
        let long = AlternatingTransport(base, base, headStart: .seconds(600))
        let refusal = OneShot<Bool>()
        _ = long.send(request(.textToImage), onHead: { _ in }, completion: { _ in refusal.fill(true) })
        #expect(refusal.current == true)
    }
}
