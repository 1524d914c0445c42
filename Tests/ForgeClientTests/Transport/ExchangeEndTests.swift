import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import Testing

@testable import ForgeClient

@Suite("Each exchange ends, once", .timeLimit(.minutes(1)))
struct ExchangeEndTests {
    /// An exchange that has begun.
    private final class Exchange: Sendable {
        let outcome = OneShot<Result<ForgeAnswer, TransportError>>()
        let head = OneShot<Int>()
        let ends = Lock(0)
        private let running = Lock<(any ForgeExchange)?>(nil)

        init(_ endpoint: ForgeRequest.Endpoint, _ body: String? = nil, over transport: any ForgeTransport) {
            let request = ForgeRequest(
                endpoint: endpoint,
                body: body.map { Data($0.utf8) },
                timeout: .seconds(600),
                closesConnection: false
            )
            let exchange = transport.send(request, onHead: { [head] in head.fill($0) }) { [self] result in
                ends.withLock { $0 += 1 }
                outcome.fill(result)
            }
            running.withLock { $0 = exchange }
        }

        func status() async throws -> Int { try await outcome.value().get().status }

        func abandon() { running.withLock { $0 }?.abandon() }
    }

    private func transport(_ port: Int) throws -> URLSessionTransport {
        URLSessionTransport(address: try ForgeAddress("http://127.0.0.1:\(port)"), authorization: nil)
    }

    private static let lacking: [(String, Int)] = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200), ("HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n", 302),
        ("HTTP/1.1 307 Moved\r\nlocation: http://localhost:1/\r\ncontent-length: 2\r\n\r\n{}", 307),
        ("HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n", 401),
    ]

    @Test("Whatever the answer lacks", arguments: lacking)
    func ends(answer: String, status: Int) async throws {
        let server = try BreakingServer(nil, answer: answer)
        defer { server.stop() }
        let transport = AlternatingTransport(try transport(server.port), try transport(server.port))
        var exchanges: [Exchange] = []
        for _ in 0..<2 {
            exchanges.append(Exchange(.progress, over: transport))
            // Two at once.
            exchanges.append(Exchange(.textToImage, "{}", over: transport))
            exchanges.append(Exchange(.imageToImage, "{}", over: transport))
            for exchange in exchanges { #expect(try await exchange.status() == status) }
        }
        #expect(exchanges.allSatisfy { $0.ends.withLock { $0 } == 1 })
        #expect(server.drawings.count == 4)
    }

    private func withForge(_ body: (ForgeSimulator) async throws -> Void) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(20)
        try await ForgeSimulator.withServer(configuration, body)
    }

    private let drawing = #"{"prompt":"kedi","width":64,"height":64,"steps":250,"force_task_id":"task"}"#

    @Test("A drawing goes on although its session is replaced for those that were abandoned")
    func replaced() async throws {
        try await withForge { forge in
            let transport = try transport(forge.port)
            let picture = Exchange(.textToImage, drawing, over: transport)
            try await until { forge.activeTask != nil }
            // With one session they would take up its six connections.
            let limit = URLSessionTransport.abandonedLimit
            for round in 1...2 {
                forge.order(.hang, for: .progress, times: limit)
                let hanging = (0..<limit).map { _ in Exchange(.progress, over: transport) }
                try await until { forge.count("/sdapi/v1/progress") >= round * limit }
                for exchange in hanging { exchange.abandon() }
            }
            #expect(try await Exchange(.progress, over: transport).status() == 200)
            #expect(picture.outcome.current == nil)
            #expect(try await picture.status() == 200)
        }
    }

    @Test("What comes of a body after it was given up is not kept, nor what had come", arguments: [false, true])
    func unwantedBody(isAbandoned: Bool) async throws {
        let half = String(repeating: " ", count: 200_000)
        let head = "HTTP/1.1 200 OK\r\ncontent-length: \(half.utf8.count * 2)\r\n\r\n"
        let server = try BreakingServer(nil, answer: head + half)
        defer { server.stop() }
        let exchange = Exchange(.progress, over: try transport(server.port))
        #expect(try await exchange.head.value() == 200)
        if isAbandoned { exchange.abandon() }
        server.send(more: half)
        let answer = try await exchange.outcome.value().get()
        #expect(answer.status == 200, "it ends all the same")
        #expect(answer.body.count == (isAbandoned ? 0 : half.utf8.count * 2))
    }

    @Test("An answer ends as too large in the moment in which it is, though more is to come")
    func tooLarge() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
        let server = try BreakingServer(nil, answer: head + String(repeating: " ", count: 200_001))
        defer { server.stop() }
        let transport = URLSessionTransport(
            address: try ForgeAddress("http://127.0.0.1:\(server.port)"),
            authorization: nil,
            bodyLimit: 200_000
        )
        let exchange = Exchange(.textToImage, drawing, over: transport)
        guard case .failure(let error) = try await exchange.outcome.value() else {
            Issue.record("It was taken.")
            return
        }
        #expect(error.kind == .tooLarge)
    }

    @Test("Of a failure's answer a MiB is kept, however long it is: its status tells")
    func longFailure() async throws {
        let head = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 3000000\r\n\r\n"
        let server = try BreakingServer(nil, answer: head + String(repeating: " ", count: 3_000_000))
        defer { server.stop() }
        let transport = try transport(server.port)
        let answer = try await Exchange(.textToImage, drawing, over: transport).outcome.value().get()
        #expect(answer.status == 500 && answer.body.count == 1024 * 1024)
    }

    @Test("A drawing ends although nobody holds its transport any more, and then frees it")
    func dropped() async throws {
        try await withForge { forge in
            weak var kept: URLSessionTransport?
            let picture = try {
                let transport = try transport(forge.port)
                kept = transport
                return Exchange(.textToImage, drawing, over: transport)
            }()
            #expect(try await picture.status() == 200)
            let deadline = ContinuousClock.now + .seconds(20)
            while kept != nil, ContinuousClock.now < deadline { await Task.yield() }
            #expect(kept == nil)
        }
    }
}
