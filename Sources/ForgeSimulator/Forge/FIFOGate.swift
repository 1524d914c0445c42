internal import ImageQueueConcurrency

/// A lock with a number of permits, handed over in the order of arrival: Forge's `FIFOLock`, and its pool of threads.
final class FIFOGate: Sendable {
    private struct State {
        var permits: Int
        var nextTicket = 0
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Tickets cancelled before they began to wait.
        var cancelled: Set<Int> = []
        var isClosed = false
    }

    private let state: Lock<State>

    init(permits: Int) { state = Lock(State(permits: permits)) }

    /// Runs `body` while holding a permit.
    /// - Throws: `CancellationError` if cancelled while waiting, or closed; what `body` throws.
    func withPermit<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await acquire()
        defer { release() }
        return try await body()
    }

    func acquire() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let resumed: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(ticket) != nil || state.isClosed { return .failure(CancellationError()) }
                    if state.permits > 0 {
                        state.permits -= 1
                        return .success(())
                    }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let resumed { continuation.resume(with: resumed) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                    state.cancelled.insert(ticket)
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// Lets nobody in any more, those who wait included: who dies with a permit hands it to no other.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(throwing: CancellationError()) }
    }

    func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.permits += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
