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
            timeout: .milliseconds(50)
        )
    }

    @Test("is given up at its limit")
    func givenUp() async throws {
        let control = try control()
        let error = await #expect(throws: GenerationError.self) { _ = try await control.serverProgress() }
        #expect(error?.failureClass == .timedOut)
        #expect(transport.abandoned == 1)
    }

    @Test("An interrupt is told as timed out, once, whatever comes later")
    func interrupt() async throws {
        let control = try control()
        let told = Lock<[Bool]>([])
        let error = await #expect(throws: GenerationError.self) {
            try await control.interrupt { result in
                let isAnswer = if case .success = result { true } else { false }
                told.withLock { $0.append(isAnswer) }
            }
        }
        #expect(error?.failureClass == .timedOut)
        transport.release(.interrupt, .json("{}"))
        #expect(told.withLock { $0 } == [false])
    }
}
