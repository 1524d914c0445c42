import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

/// A server that sends the head of an answer to a drawing, and no body, or never all of it.
@Suite("An answer to a drawing whose body does not come", .timeLimit(.minutes(1)))
struct MissingBodyTests {
    typealias Class = GenerationError.FailureClass

    /// Its time stands still until a test lets it pass: the head can't come too late.
    private let clock = ManualClock()

    private func withServer(_ head: String, _ body: (BreakingServer, ForgeGenerator) async throws -> Void) async throws
    {
        let progress = Samples.serverProgress()
        let server = try BreakingServer(
            nil,
            answer: "HTTP/1.1 200 OK\r\ncontent-length: \(progress.utf8.count)\r\n\r\n\(progress)",
            drawingAnswer: head
        )
        defer { server.stop() }
        var configuration = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(server.port)")
        configuration.clock = clock
        try await body(server, ForgeGenerator(configuration: configuration))
    }

    /// Waits for the head, then lets time pass until the drawing has ended.
    private func end(
        of task: DrawingTask,
        _ generator: ForgeGenerator,
        _ server: BreakingServer
    ) async throws -> (failure: Class?, took: Duration) {
        let end = OneShot<Result<DrawnImage, any Error>>()
        return try await withThrowingTaskGroup { group in
            group.addTask {
                do { end.fill(.success(try await generator.draw(task) { _ in }.image())) } catch {
                    end.fill(.failure(error))
                }
            }
            try await until { !server.drawings.isEmpty && generator.gate.update { !$0.isOpen(task.id) } }
            let begun = clock.now
            while end.current == nil {
                clock.advance(by: .milliseconds(500))
                try await Task.sleep(for: .milliseconds(1))
            }
            let took = begun.duration(to: clock.now)
            try await group.waitForAll()
            guard case .failure(let error as GenerationError) = try await end.value() else { return (nil, took) }
            return (error.failureClass, took)
        }
    }

    private static let refusals: [(String, Class)] = [
        ("500 Internal Server Error", .backendFailed), ("422 Unprocessable", .rejectedInput),
        ("504 Gateway Timeout", .connectionLost), ("401 Unauthorized", .unauthorized),
    ]

    @Test("A refusal is judged by its status after ten seconds", arguments: refusals)
    func refusal(status: String, failure: Class) async throws {
        let head = "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"det"
        try await withServer(head) { server, generator in
            let end = try await end(of: Samples.task(), generator, server)
            #expect(end.failure == failure)
            #expect(end.took >= .seconds(9) && end.took < .seconds(60), "\(end.took)")
            #expect(generator.openRequests.leftOver >= 1, "what still comes of it is nobody's")
        }
    }

    @Test("An upscale whose weights are to be checked is lost after two minutes, as any other picture")
    func upscale() async throws {
        try await withServer("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{") { server, generator in
            let end = try await end(of: Samples.upscale(), generator, server)
            #expect(end.failure == .connectionLost)
            #expect(end.took >= .seconds(119) && end.took < .seconds(300), "\(end.took)")
        }
    }

    @Test("A picture is waited for as long as it comes, however slowly, and no longer", arguments: [true, false])
    func slowly(isWhole: Bool) async throws {
        let answer = HostileAnswerTests.answer(info: #""{}""#)
        let rounds = 4
        let head = "HTTP/1.1 200 OK\r\ncontent-length: \(answer.utf8.count + rounds)\r\n\r\n"
        try await withServer(head) { server, generator in
            let picture = try #require(try await generator.draw(Samples.task()) { _ in } as? ForgePicture)
            let isOver = Lock(false)
            let arrival = Task {
                defer { isOver.withLock { $0 = true } }
                return try await picture.image()
            }
            for round in 1...rounds {
                server.send(more: " ")
                try await until { picture.exchange.received >= round }
                // Only the wait for the picture sleeps by now.
                for _ in 0..<20 { try await clock.step(within: .seconds(5)) }
            }
            if isWhole {
                server.send(more: answer)
                let image = try await arrival.value
                #expect(image.width == 1)
            } else {
                let last = clock.now
                // Four steps or five, by whether the last piece was seen before a look or at it.
                while true {
                    try await until { isOver.withLock { $0 } || clock.isSleptOn(within: .seconds(5)) }
                    if isOver.withLock({ $0 }) { break }
                    try await clock.step(within: .seconds(5))
                }
                let error = await #expect(throws: GenerationError.self) { _ = try await arrival.value }
                #expect(error?.failureClass == .connectionLost)
                #expect(last.duration(to: clock.now) <= .seconds(25))
            }
        }
    }
}
