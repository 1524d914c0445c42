internal import Foundation
internal import ImageQueueConcurrency

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Sends over `URLSession`, within what is safe on Linux.
///
/// Cancelling a task there traps the process now and then (`TaskRegistry`), so nothing is ever cancelled, on no
/// platform: an abandoned exchange ends by its own time-out, and nothing of its body is kept. As it holds one of the
/// session's six connections until then, the session is replaced when three are abandoned.
///
/// There, too, a connection that was opened for a request is watched until its answer comes for being writable, which
/// it always is: waiting costs more than half a core. One that has answered before costs nothing.
final class URLSessionTransport: ForgeTransport {
    private struct State {
        var current: SessionHandle
        var abandoned = 0
        /// When the last exchange of the session ended.
        var lastUse: ContinuousClock.Instant?

        /// - Returns: the session that is to be let go.
        mutating func replace() -> SessionHandle {
            defer { self = State(current: SessionHandle(bodyLimit: current.delegate.bodyLimit)) }
            return current
        }
    }

    private let address: ForgeAddress
    private let authorization: String?
    private let idleLimit: Duration
    private let state: Lock<State>

    static let abandonedLimit = 3
    /// Forge closes a connection that has been idle for 5 s,
    /// and a drawing that is sent in that very moment would be lost.
    static let idleLimit = Duration.milliseconds(3_500)

    init(
        address: ForgeAddress,
        authorization: String?,
        idleLimit: Duration = idleLimit,
        bodyLimit: Int = SessionDelegate.bodyLimit
    ) {
        self.address = address
        self.authorization = authorization
        self.idleLimit = idleLimit
        state = Lock(State(current: SessionHandle(bodyLimit: bodyLimit)))
    }

    deinit {
        // A session that is not invalidated lives for ever, with its delegate.
        state.withLock { $0.current.session.finishTasksAndInvalidate() }
    }

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange {
        guard let urlRequest = urlRequest(for: request) else {
            completion(.failure(TransportError(kind: .cannotConnect, detail: "The URL can't be used.")))
            return FinishedExchange()
        }
        if request.endpoint.isGeneration { leaveIdleConnections() }
        // The task must be made before another thread can invalidate its session: making one then raises.
        return state.withLock { state in
            let handle = state.current
            let task = handle.session.dataTask(with: urlRequest)
            let exchange = URLSessionExchange(task.taskIdentifier, transport: self, handle: handle)
            handle.delegate.register(
                task.taskIdentifier,
                onHead: onHead,
                onEarlyEnd: { exchange.abandon() },
                onEnd: { exchange.end() },
                completion: completion
            )
            task.resume()
            return exchange
        }
    }

    /// Has what is sent next go over a new connection, where the one that was used last may be about to be closed.
    private func leaveIdleConnections() {
        let left = state.withLock { state -> SessionHandle? in
            guard let lastUse = state.lastUse, lastUse.duration(to: .now) > idleLimit else { return nil }
            return state.replace()
        }
        left?.session.finishTasksAndInvalidate()
    }

    fileprivate func hasUsed(_ handle: SessionHandle) {
        state.withLock { state in
            if state.current === handle { state.lastUse = .now }
        }
    }

    fileprivate func abandonedCount(of handle: SessionHandle, changesBy change: Int) {
        let retired = state.withLock { state -> SessionHandle? in
            guard state.current === handle else { return nil }
            state.abandoned += change
            guard state.abandoned >= Self.abandonedLimit else { return nil }
            return state.replace()
        }
        retired?.session.finishTasksAndInvalidate()
    }

    private func urlRequest(for request: ForgeRequest) -> URLRequest? {
        guard let url = URL(string: address.text + request.endpoint.path) else { return nil }
        var result = URLRequest(url: url)
        result.httpMethod = request.endpoint.method
        // Linux cuts it down to whole seconds, and half of one to nothing:
        // the answer then races against a time-out at once.
        result.timeoutInterval = (request.timeout / .seconds(1)).rounded(.up)
        result.httpBody = request.body
        if request.body != nil { result.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        result.setValue("application/json", forHTTPHeaderField: "Accept")
        // Forge without its web page compresses whatever is asked for so; a picture gains nothing by it.
        result.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if request.closesConnection { result.setValue("close", forHTTPHeaderField: "Connection") }
        if let authorization { result.setValue(authorization, forHTTPHeaderField: "Authorization") }
        return result
    }
}

/// A session with its delegate; compared by identity.
private final class SessionHandle: Sendable {
    let session: URLSession
    let delegate: SessionDelegate

    init(bodyLimit: Int) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // Obeyed by Darwin alone; see ForgeConfiguration.init(baseURL:).
        configuration.connectionProxyDictionary = [:]
        delegate = SessionDelegate(bodyLimit: bodyLimit)
        #if canImport(FoundationNetworking)
        let queue = DelegateQueue()
        #else
        let queue: OperationQueue? = nil
        #endif
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
    }
}

private struct FinishedExchange: ForgeExchange {
    func abandon() {}
    var received: Int { 0 }
}

/// Keeps count of an exchange that nobody waits for.
private final class URLSessionExchange: ForgeExchange {
    private enum State { case open, abandoned, ended }

    private let state = Lock(State.open)
    private weak let transport: URLSessionTransport?
    private let handle: SessionHandle
    private let task: Int

    init(_ task: Int, transport: URLSessionTransport, handle: SessionHandle) {
        self.task = task
        self.transport = transport
        self.handle = handle
    }

    func abandon() {
        let counts = state.withLock { state in
            guard state == .open else { return false }
            state = .abandoned
            return true
        }
        guard counts else { return }
        handle.delegate.abandon(task)
        transport?.abandonedCount(of: handle, changesBy: 1)
    }

    var received: Int { handle.delegate.received(task) }

    func end() {
        let counts = state.withLock { state in
            defer { state = .ended }
            return state == .abandoned
        }
        transport?.hasUsed(handle)
        if counts { transport?.abandonedCount(of: handle, changesBy: -1) }
    }
}
