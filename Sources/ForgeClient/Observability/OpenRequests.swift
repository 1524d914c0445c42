internal import ImageQueueConcurrency

/// Counts the requests that have left and not ended, those among them that nobody waits for any more.
final class OpenRequests: Sendable {
    private let state = Lock(Count())

    /// How many there are.
    struct Count: Sendable, Equatable {
        var open = 0
        /// The open ones that were abandoned.
        var leftOver = 0
    }

    var count: Count { state.withLock { $0 } }

    /// One that leaves now.
    func begin() -> Request {
        state.withLock { $0.open += 1 }
        return Request(requests: self)
    }

    /// One of them. It ends once; abandoning one that has ended changes nothing.
    final class Request: Sendable {
        private enum State { case open, abandoned, ended }

        private let requests: OpenRequests
        private let state = Lock(State.open)

        fileprivate init(requests: OpenRequests) { self.requests = requests }

        func abandon() {
            let isLeft = state.withLock { state in
                guard state == .open else { return false }
                state = .abandoned
                return true
            }
            if isLeft { requests.state.withLock { $0.leftOver += 1 } }
        }

        func end() {
            let before = state.withLock { state in
                defer { state = .ended }
                return state
            }
            guard before != .ended else { return }
            requests.state.withLock { count in
                count.open -= 1
                if before == .abandoned { count.leftOver -= 1 }
            }
        }
    }
}
