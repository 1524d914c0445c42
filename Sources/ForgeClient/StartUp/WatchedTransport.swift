internal import ImageQueueConcurrency

/// Looks at each answer of another transport for signs that Forge is starting.
struct WatchedTransport: ForgeTransport {
    var base: any ForgeTransport
    var watch: StartUpWatch

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange {
        base.send(request, onHead: onHead) { [watch] result in
            if let sign = StartUp.Sign(result, of: request.endpoint) { watch.see(sign) }
            completion(result)
        }
    }
}

/// The start-up that the exchanges of a generator have shown.
final class StartUpWatch: Sendable {
    private let state = Lock(StartUp())
    private let time: Timekeeper
    private let settleTime: Duration

    init(time: Timekeeper, settleTime: Duration) {
        self.time = time
        self.settleTime = settleTime
    }

    var standing: StartUp.Standing { state.withLock { $0.standing(at: time.now, settleTime: settleTime) } }

    func see(_ sign: StartUp.Sign) { state.withLock { $0.see(sign, at: time.now) } }

    func end() { state.withLock { $0.end() } }
}

extension StartUp.Sign {
    /// - Returns: `nil` where an answer tells nothing of a start.
    init?(_ result: Result<ForgeAnswer, TransportError>, of endpoint: ForgeRequest.Endpoint) {
        switch result {
        case .failure(let error):
            guard error.kind == .cannotConnect else { return nil }
            self = .refused
        case .success(let answer):
            // Of the other paths some are missing in some Forges.
            guard endpoint == .progress || endpoint == .textToImage else { return nil }
            switch answer.status {
            case 404: self = .notFound
            case 200: self = .answered
            case let status where ForgeAnswer.isNobodyBehindProxy(status): self = .refused
            default: return nil
            }
        }
    }
}
