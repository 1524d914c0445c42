package import Metrics

/// A store's numbers, by swift-metrics. Handles are made once.
package struct StoreMetrics: Sendable {
    private let leasesExpired: Counter

    /// - Parameter factory: what makes the handles; the process's own by default.
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        leasesExpired = Counter(label: "imagequeue.leases.expired.total", dimensions: [], factory: factory)
    }

    /// Attempts were taken from dead or hung workers, and that is committed.
    package func leasesExpired(_ count: Int) {
        if count > 0 { leasesExpired.increment(by: count) }
    }
}
