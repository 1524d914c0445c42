internal import Dispatch
internal import ImageQueueConcurrency

/// Sends drawings and questions over two transports, which change places with each drawing, and lets the next drawing
/// leave before the megabytes of a picture are handled.
///
/// A drawing goes where the last question went, which is where a connection is open that has answered before: see
/// ``URLSessionTransport``. The questions after it go over the other one, so that neither waits for the other's
/// connections.
///
/// A picture takes its threads some milliseconds, in which Forge would have nothing to do. So it waits at its head
/// until the next drawing leaves, or for ``headStart``.
final class AlternatingTransport: ForgeTransport {
    private struct State {
        var questions: any ForgeTransport
        var drawings: any ForgeTransport
        /// Signalled when the next drawing has left.
        var next = DispatchSemaphore(value: 0)
    }

    private let state: Lock<State>
    private let headStart: DispatchTimeInterval

    /// Longer than it takes to look at the server and send the next request; short beside any picture.
    static let headStart = DispatchTimeInterval.milliseconds(8)

    init(_ first: any ForgeTransport, _ second: any ForgeTransport, headStart: DispatchTimeInterval = headStart) {
        state = Lock(State(questions: first, drawings: second))
        self.headStart = headStart
    }

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange {
        guard request.endpoint.isGeneration else {
            return state.withLock { $0.questions }.send(request, onHead: onHead, completion: completion)
        }
        let (transport, previous, next) = state.withLock { state in
            (state.questions, state.drawings) = (state.drawings, state.questions)
            let previous = state.next
            state.next = DispatchSemaphore(value: 0)
            return (state.drawings, previous, state.next)
        }
        defer { previous.signal() }
        return transport.send(
            request,
            onHead: { [headStart] status in
                onHead(status)
                // What is no picture is short, and waited for.
                if status == 200 { _ = next.wait(timeout: .now() + headStart) }
            },
            completion: completion
        )
    }
}
