internal import Metrics

/// The timers `forge.request.duration{endpoint,code}`, made once: the dimensions are few and fixed.
struct ForgeMetrics: Sendable {
    private struct Key: Hashable {
        var endpoint: ForgeRequest.Endpoint
        var code: String
    }

    private let timers: [Key: Metrics.Timer]

    init() {
        let codes = (1...5).map { "\($0)xx" } + TransportError.Kind.allCases.map(\.rawValue)
        var timers: [Key: Metrics.Timer] = [:]
        for endpoint in ForgeRequest.Endpoint.allCases {
            for code in codes {
                timers[Key(endpoint: endpoint, code: code)] = Metrics.Timer(
                    label: "forge.request.duration",
                    dimensions: [("endpoint", endpoint.rawValue), ("code", code)]
                )
            }
        }
        self.timers = timers
    }

    func record(_ endpoint: ForgeRequest.Endpoint, code: String, _ duration: Duration) {
        timers[Key(endpoint: endpoint, code: code)]?.recordNanoseconds(Int64(clamping: nanoseconds(duration)))
    }

    private func nanoseconds(_ duration: Duration) -> Int128 { duration.attoseconds / 1_000_000_000 }
}
