import ForgeSimulator
import Foundation
import ImageQueueConcurrency

@testable import ForgeClient

/// Answers each endpoint with recordings, byte for byte, in their order; the last one stays.
final class ReplayTransport: ForgeTransport {
    private struct State {
        var recordings: [ForgeRequest.Endpoint: [Recording]]
        var requests: [ForgeRequest] = []
    }

    private let state: Lock<State>

    /// - Parameter recordings: By the endpoint that they answer; another one can't be connected to.
    init(_ recordings: [ForgeRequest.Endpoint: [Recording]]) {
        state = Lock(State(recordings: recordings))
    }

    var requests: [ForgeRequest] { state.withLock(\.requests) }

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange {
        let recording = state.withLock { state in
            state.requests.append(request)
            let rest = state.recordings[request.endpoint] ?? []
            if rest.count > 1 { state.recordings[request.endpoint]?.removeFirst() }
            return rest.first
        }
        switch recording {
        case nil: completion(.failure(TransportError(kind: .cannotConnect, detail: "not recorded")))
        case let recording? where recording.status < 0:
            completion(.failure(TransportError(kind: .connectionLost, detail: "")))
        case let recording?:
            onHead(recording.status)
            let location = recording.headers.first { $0.name == "location" }?.value
            completion(
                .success(ForgeAnswer(status: recording.status, location: location, body: recording.body))
            )
        }
        return Exchange()
    }

    private struct Exchange: ForgeExchange {
        func abandon() {}
        var received: Int { 0 }
    }
}
