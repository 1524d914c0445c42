internal import Logging

/// Logs, measures and counts each exchange of another transport; never bodies.
struct ObservedTransport: ForgeTransport {
    var base: any ForgeTransport
    var logger: Logger
    var metrics: ForgeMetrics
    var requests = OpenRequests()

    func send(
        _ request: ForgeRequest,
        onHead: @escaping @Sendable (_ status: Int) -> Void,
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void
    ) -> any ForgeExchange {
        let start = ContinuousClock.now
        let open = requests.begin()
        let exchange = base.send(request, onHead: onHead) { [logger, metrics] result in
            open.end()
            let duration = start.duration(to: .now)
            let code =
                switch result {
                case .success(let answer): "\(min(max(answer.status / 100, 1), 5))xx"
                case .failure(let error): error.kind.rawValue
                }
            metrics.record(request.endpoint, code: code, duration)
            logger.debug(
                "Forge request ended",
                metadata: [
                    "forge.endpoint": "\(request.endpoint.rawValue)",
                    "forge.code": "\((try? result.get()).map { "\($0.status)" } ?? code)",
                    "forge.duration.ms": "\(Int(duration / .milliseconds(1)))",
                ]
            )
            completion(result)
        }
        return ObservedExchange(base: exchange, request: open)
    }

    private struct ObservedExchange: ForgeExchange {
        let base: any ForgeExchange
        let request: OpenRequests.Request

        func abandon() {
            request.abandon()
            base.abandon()
        }

        var received: Int { base.received }
    }
}
