import ImageQueueCore
import Testing

@testable import ForgeClient

/// A Forge that sends the head of its answer, and then nothing more.
@Suite("A worker whose picture does not arrive", .timeLimit(.minutes(1)))
struct ArrivalTests {
    private func withServer(_ body: (BreakingServer, ForgeGenerator, Studio) async throws -> Void) async throws {
        let progress = Samples.serverProgress()
        let server = try BreakingServer(
            nil,
            answer: "HTTP/1.1 200 OK\r\ncontent-length: \(progress.utf8.count)\r\n\r\n\(progress)",
            drawingAnswer: "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"
        )
        defer { server.stop() }
        let configuration = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(server.port)")
        try await body(server, ForgeGenerator(configuration: configuration), Studio())
    }

    private func impatient(_ configuration: inout WorkerConfiguration) {
        configuration.stopGrace = .milliseconds(100)
        configuration.interruptGrace = .milliseconds(100)
        configuration.slowLook = .milliseconds(50)
    }

    /// Waits until the head of a task's answer was there.
    private func untilAnswered(_ job: JobID, _ server: BreakingServer, _ generator: ForgeGenerator) async throws {
        let task = DrawingTask.ID(job: job, attempt: 1, number: 0)
        try await until { !server.drawings.isEmpty && generator.gate.update { !$0.isOpen(task) } }
    }

    @Test("A cancel ends its job, and gives the request up")
    func cancel() async throws {
        try await withServer { server, generator, studio in
            let job = try await studio.submit()
            try await studio.working(on: [generator], impatient) {
                try await untilAnswered(job, server, generator)
                _ = try await studio.queue.cancel(job)
                let ended = try await studio.ended(job)
                #expect(ended.state == .cancelled)
            }
            #expect(generator.openRequests.leftOver == 1)
        }
    }

    @Test("A stop gives its job back")
    func stop() async throws {
        try await withServer { server, generator, studio in
            let job = try await studio.submit()
            try await studio.working(on: [generator], impatient) { try await untilAnswered(job, server, generator) }
            #expect(try await studio.queue.status(of: job)?.state == .queued)
            #expect(generator.openRequests.leftOver == 1)
        }
    }
}
