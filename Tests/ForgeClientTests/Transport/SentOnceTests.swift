import Foundation
import ImageQueueConcurrency
import Testing

@testable import ForgeClient

/// libcurl sends a request again, unasked, when a connection breaks that had answered before. A drawing it must not.
@Suite(.timeLimit(.minutes(1)))
struct SentOnceTests {
    private func outcome(
        of request: ForgeRequest,
        over transport: any ForgeTransport
    ) async throws -> Result<ForgeAnswer, TransportError> {
        let outcome = OneShot<Result<ForgeAnswer, TransportError>>()
        _ = transport.send(request, onHead: { _ in }) { outcome.fill($0) }
        return try await withThrowingTaskGroup { group in
            group.addTask { try await outcome.value() }
            group.addTask {
                try await Task.sleep(for: .seconds(20))
                throw Endless()
            }
            defer { group.cancelAll() }
            return try #require(try await group.next())
        }
    }

    private func request(_ endpoint: ForgeRequest.Endpoint, _ body: Data? = nil) -> ForgeRequest {
        ForgeRequest(endpoint: endpoint, body: body, timeout: .seconds(600), closesConnection: false)
    }

    @Test(
        "A drawing whose connection breaks is lost at once, and reaches Forge once",
        arguments: BreakingServer.Break.allCases
    )
    func brokenConnection(manner: BreakingServer.Break) async throws {
        for (endpoint, size) in [(ForgeRequest.Endpoint.textToImage, 800), (.imageToImage, 3_000_000)] {
            let server = try BreakingServer(manner)
            defer { server.stop() }
            let address = try ForgeAddress("http://127.0.0.1:\(server.port)")
            let transport = AlternatingTransport(
                URLSessionTransport(address: address, authorization: nil),
                URLSessionTransport(address: address, authorization: nil)
            )
            #expect(try await outcome(of: request(.progress), over: transport).get().status == 200)
            let drawing = request(endpoint, Data(repeating: UInt8(ascii: " "), count: size))
            let result = try await outcome(of: drawing, over: transport)
            guard case .failure(let error) = result else { throw Unexpected() }
            #expect(error.kind == .connectionLost, "\(error)")
            let first = try #require(server.drawings.first)
            #expect(first.connection == server.questions.first?.connection, "it goes over the question's connection")
            #expect(first.isWhole == (manner != .resetWithin))
            #expect(first.bodyCount > 0)
            // Time for what libcurl may still send, on whatever connection.
            let deadline = ContinuousClock.now + .milliseconds(500)
            while ContinuousClock.now < deadline {
                let drawings = server.drawings
                #expect(drawings.map(\.bodyCount).reduce(0, +) <= size, "each byte of it comes once at most")
                #expect(drawings.dropFirst().allSatisfy { !$0.isWhole })
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await outcome(of: request(.progress), over: transport).get().status == 200)
        }
    }

    @Test("A drawing of which Forge dies was sent, whoever can't be reached after that", arguments: [800, 3_000_000])
    func dead(size: Int) async throws {
        let server = try BreakingServer(.end)
        defer { server.stop() }
        let address = try ForgeAddress("http://127.0.0.1:\(server.port)")
        let transport = URLSessionTransport(address: address, authorization: nil)
        #expect(try await outcome(of: request(.progress), over: transport).get().status == 200)
        server.refuse()
        let drawing = request(.textToImage, Data(repeating: UInt8(ascii: " "), count: size))
        let lost = try await outcome(of: drawing, over: transport)
        guard case .failure(let error) = lost else { throw Unexpected() }
        #expect(error.kind == .connectionLost, "\(error)")
        #expect(server.drawings.map(\.isWhole) == [true])
        // One that can't be sent at all is told from it.
        guard case .failure(let refusal) = try await outcome(of: drawing, over: transport) else { throw Unexpected() }
        #expect(refusal.kind == .cannotConnect, "\(refusal)")
    }

    @Test("A drawing doesn't go over a connection that may be about to be closed for having been idle")
    func idleConnection() async throws {
        for (idleLimit, isSame) in [(Duration.zero, false), (.seconds(3_600), true)] {
            let server = try BreakingServer(.end)
            defer { server.stop() }
            let address = try ForgeAddress("http://127.0.0.1:\(server.port)")
            let transport = URLSessionTransport(address: address, authorization: nil, idleLimit: idleLimit)
            #expect(try await outcome(of: request(.progress), over: transport).get().status == 200)
            await #expect(throws: TransportError.self) {
                try await outcome(of: request(.textToImage, Data("{}".utf8)), over: transport).get()
            }
            #expect((server.drawings.first?.connection == server.questions.first?.connection) == isSame)
        }
    }

    @Test("Drawings that are lost do not use up the connections")
    func manyLost() async throws {
        let server = try BreakingServer(.end)
        defer { server.stop() }
        let address = try ForgeAddress("http://127.0.0.1:\(server.port)")
        let transport = URLSessionTransport(address: address, authorization: nil)
        for _ in 0..<10 {
            #expect(try await outcome(of: request(.progress), over: transport).get().status == 200)
            let result = try await outcome(of: request(.textToImage, Data("{}".utf8)), over: transport)
            guard case .failure(let error) = result else { throw Unexpected() }
            #expect(error.kind == .connectionLost)
        }
        #expect(server.drawings.count { $0.isWhole } == 10)
    }

    private struct Unexpected: Error {}
    /// No outcome came.
    private struct Endless: Error {}
}
