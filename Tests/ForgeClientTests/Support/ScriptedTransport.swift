import Foundation
import ImageQueueConcurrency

@testable import ForgeClient

/// Answers requests from a script; keeps what it is told to keep until the test lets it go.
final class ScriptedTransport: ForgeTransport {
    enum Reply: Sendable {
        case answer(Int, Data)
        case failure(TransportError.Kind)
        /// Answered by ``release(_:_:)`` alone.
        case kept

        static func json(_ text: String, status: Int = 200) -> Reply { .answer(status, Data(text.utf8)) }
    }

    typealias Completion = @Sendable (Result<ForgeAnswer, TransportError>) -> Void

    private struct State {
        var requests: [ForgeRequest] = []
        var kept: [(request: ForgeRequest, onHead: @Sendable (Int) -> Void, completion: Completion)] = []
        var abandoned = 0
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Lock(State())
    private let script: @Sendable (ForgeRequest, Int) -> Reply

    /// - Parameter script: Gets the request and how many of its endpoint came before.
    init(_ script: @escaping @Sendable (ForgeRequest, Int) -> Reply) {
        self.script = script
    }

    var requests: [ForgeRequest] { state.withLock(\.requests) }
    var abandoned: Int { state.withLock(\.abandoned) }

    func count(_ endpoint: ForgeRequest.Endpoint) -> Int { requests.count { $0.endpoint == endpoint } }

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping Completion
    ) -> any ForgeExchange {
        let before = count(request.endpoint)
        let reply = script(request, before)
        let watchers = state.withLock { state in
            state.requests.append(request)
            if case .kept = reply { state.kept.append((request, onHead, completion)) }
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.resume() }
        Self.deliver(reply, onHead, completion)
        return Exchange(transport: self)
    }

    /// Answers the oldest request to an endpoint that was kept.
    func release(_ endpoint: ForgeRequest.Endpoint, _ reply: Reply) {
        let kept = state.withLock { state in
            state.kept.firstIndex { $0.request.endpoint == endpoint }.map { state.kept.remove(at: $0) }
        }
        if let kept { Self.deliver(reply, kept.onHead, kept.completion) }
    }

    /// Waits until so many requests to an endpoint have been sent; a test whose time is over ends here.
    func waitFor(_ endpoint: ForgeRequest.Endpoint, count: Int = 1) async throws {
        while self.count(endpoint) < count {
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isLate = state.withLock { state in
                        let isThere = state.requests.count(where: { $0.endpoint == endpoint }) >= count
                        guard !isThere, !Task.isCancelled else { return true }
                        state.watchers.append(continuation)
                        return false
                    }
                    if isLate { continuation.resume() }
                }
            } onCancel: {
                wakeWatchers()
            }
        }
    }

    private func wakeWatchers() {
        let watchers = state.withLock { state in
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.resume() }
    }

    private static func deliver(_ reply: Reply, _ onHead: (Int) -> Void, _ completion: Completion) {
        switch reply {
        case .answer(let status, let body):
            onHead(status)
            completion(.success(ForgeAnswer(status: status, location: nil, body: body)))
        case .failure(let kind): completion(.failure(TransportError(kind: kind, detail: "scripted")))
        case .kept: break
        }
    }

    private struct Exchange: ForgeExchange {
        let transport: ScriptedTransport
        func abandon() { transport.state.withLock { $0.abandoned += 1 } }
        var received: Int { 0 }
    }
}
