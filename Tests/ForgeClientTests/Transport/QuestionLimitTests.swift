import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

/// The transport's own limit begins anew with every byte: who sends one now and then would hold up a worker for ever.
@Suite("A question whose answer never ends", .timeLimit(.minutes(1)))
struct QuestionLimitTests {
    private let transport = ScriptedTransport { _, _ in .kept }

    private func control() throws -> ControlClient {
        ControlClient(
            transport: transport,
            address: try ForgeAddress("http://127.0.0.1:1"),
            timeout: .milliseconds(50),
            interruptLifetime: .seconds(1800)
        )
    }

    @Test("is given up at its limit")
    func givenUp() async throws {
        let control = try control()
        let error = await #expect(throws: GenerationError.self) { _ = try await control.serverProgress() }
        #expect(error?.failureClass == .timedOut)
        #expect(transport.abandoned == 1)
    }

    @Test("An interrupt is waited for no longer; its end is told once, when it comes", arguments: [true, false])
    func interrupt(isAnswered: Bool) async throws {
        let control = try control()
        let told = Lock<[Result<Int, TransportError>]>([])
        let error = await #expect(throws: GenerationError.self) {
            try await control.interrupt { result in told.withLock { $0.append(result) } }
        }
        #expect(error?.failureClass == .timedOut)
        // Forge has the order: that nobody waits for its answer does not call it back.
        #expect(told.withLock { $0 }.isEmpty)
        #expect(transport.requests.map(\.timeout) == [.seconds(1800)])
        transport.release(.interrupt, isAnswered ? .json("{}") : .failure(.timedOut))
        let end: Result<Int, TransportError> =
            isAnswered ? .success(200) : .failure(TransportError(kind: .timedOut, detail: "scripted"))
        #expect(told.withLock { $0 } == [end])
    }
}
