internal import Foundation
internal import ImageQueueConcurrency

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Gathers the answers of a session's tasks.
final class SessionDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private struct Exchange: Sendable {
        var status = 0
        var location: String?
        var body = Data()
        /// Nobody waits for the body any more, which comes all the same: nothing of it is kept.
        var isAbandoned = false
        /// A part of the request's body has been sent.
        var hasBegun = false
        /// Completed, though its task goes on.
        var isComplete = false
        let onHead: @Sendable (Int) -> Void
        let onEarlyEnd: @Sendable () -> Void
        let onEnd: @Sendable () -> Void
        let completion: @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    }

    /// A picture of 4096 × 4096 pixels of noise, in base64, takes some 90 MB.
    static let bodyLimit = 256 * 1024 * 1024
    /// As much is kept of the answer of a failure, which its status tells of; what is longer is nobody's remark.
    private static let failureLimit = 1024 * 1024
    /// Room made at once for what a head announces, so that a picture is not moved as it grows; a head may lie.
    private static let reservation: Int64 = 16 * 1024 * 1024

    /// The longest body, in bytes, that is taken.
    let bodyLimit: Int
    private let exchanges = Lock<[Int: Exchange]>([:])

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    /// - Parameters:
    ///   - task: The task's identifier.
    ///   - onHead: Called with the status.
    ///   - onEarlyEnd: Called where the exchange is completed before its task has ended.
    ///   - onEnd: Called when the task has ended.
    ///   - completion: Called once.
    func register(
        _ task: Int,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        onEarlyEnd: @escaping @Sendable () -> Void,
        onEnd: @escaping @Sendable () -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) {
        let exchange = Exchange(onHead: onHead, onEarlyEnd: onEarlyEnd, onEnd: onEnd, completion: completion)
        exchanges.withLock { $0[task] = exchange }
    }

    /// Drops what has come of an answer's body, and keeps no more of it: nobody waits for it any more.
    ///
    /// Its transfer goes on, as a task is never cancelled. It ends as it would have, with an empty body.
    func abandon(_ task: Int) {
        exchanges.withLock { exchanges in
            exchanges[task]?.isAbandoned = true
            exchanges[task]?.body = Data()
        }
    }

    /// How many bytes of an answer's body are there. A reader asks, so that a piece that comes costs nothing more.
    func received(_ task: Int) -> Int { exchanges.withLock { $0[task]?.body.count ?? 0 } }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let onHead = exchanges.withLock { exchanges -> (@Sendable (Int) -> Void)? in
            guard let response = response as? HTTPURLResponse, exchanges[dataTask.taskIdentifier]?.isComplete == false
            else {
                return nil
            }
            exchanges[dataTask.taskIdentifier]?.status = response.statusCode
            exchanges[dataTask.taskIdentifier]?.location = response.value(forHTTPHeaderField: "Location")
            if exchanges[dataTask.taskIdentifier]?.isAbandoned == false {
                let length = min(max(0, response.expectedContentLength), Self.reservation)
                exchanges[dataTask.taskIdentifier]?.body.reserveCapacity(Int(length))
            }
            return exchanges[dataTask.taskIdentifier]?.onHead
        }
        onHead?((response as? HTTPURLResponse)?.statusCode ?? 0)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLarge = exchanges.withLock { exchanges -> Bool in
            guard var exchange = exchanges.removeValue(forKey: dataTask.taskIdentifier) else { return false }
            defer { exchanges[dataTask.taskIdentifier] = exchange }
            guard !exchange.isComplete, !exchange.isAbandoned else { return false }
            guard exchange.status == 200 else {
                exchange.body.append(data.prefix(max(0, min(bodyLimit, Self.failureLimit) - exchange.body.count)))
                return false
            }
            guard exchange.body.count + data.count <= bodyLimit else { return true }
            exchange.body.append(data)
            return false
        }
        guard isTooLarge else { return }
        complete(dataTask.taskIdentifier, .tooLarge, "The answer is longer than \(bodyLimit) bytes.")
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didSendBodyData bytesSent: Int64,
        totalBytesSent: Int64,
        totalBytesExpectedToSend: Int64
    ) {
        exchanges.withLock { $0[task.taskIdentifier]?.hasBegun = true }
    }

    /// Comes when libcurl is about to send a request again, unasked, because a connection that had answered before
    /// broke (`Curl_retry_request`). A drawing must never be sent twice, and is not: of a body, Linux gives each byte
    /// once, so what leaves is a head with what is left of the body, at which Forge waits for the rest. As its answer
    /// will never come, the exchange ends here.
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping @Sendable (InputStream?) -> Void
    ) {
        completionHandler(nil)
        // Not from here: this is the queue of all sessions of the process.
        session.delegateQueue.addOperation {
            self.complete(task.taskIdentifier, .connectionLost, "The connection broke before an answer came.")
        }
    }

    /// Completes an exchange whose task goes on.
    private func complete(_ task: Int, _ kind: TransportError.Kind, _ detail: String) {
        let exchange = exchanges.withLock { exchanges -> Exchange? in
            guard let exchange = exchanges[task], !exchange.isComplete else { return nil }
            exchanges[task]?.isComplete = true
            exchanges[task]?.body = Data()
            return exchange
        }
        exchange?.onEarlyEnd()
        exchange?.completion(.failure(TransportError(kind: kind, detail: detail)))
    }

    /// A redirected POST would become a GET, and take the password to another host: the redirection is the answer.
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = exchanges.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        exchange.onEnd()
        guard !exchange.isComplete else { return }
        if let error {
            var failure = TransportError(error)
            // No connection for what libcurl would have sent again: what was sent at first may have begun.
            if exchange.hasBegun, failure.kind == .cannotConnect { failure.kind = .connectionLost }
            exchange.completion(.failure(failure))
        } else if exchange.status == 0 {
            exchange.completion(.failure(TransportError(kind: .connectionLost, detail: "No HTTP answer came.")))
        } else {
            let answer = ForgeAnswer(status: exchange.status, location: exchange.location, body: exchange.body)
            exchange.completion(.success(answer))
        }
    }
}
