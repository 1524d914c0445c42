import CoreMetrics
import MetricsTestKit

/// Metrics of one test's own, though there is one factory a process: what is made inside of a room is kept there, and
/// what other tests make is thrown away.
struct MetricsRoom: Sendable {
    @TaskLocal private static var current: TestMetrics?

    private static let isInstalled: Bool = {
        MetricsSystem.bootstrap(Doorman())
        return true
    }()

    /// Runs `body`; all handles that it makes belong to its metrics.
    static func with<Result>(_ body: (TestMetrics) async throws -> Result) async rethrows -> Result {
        precondition(isInstalled)
        let metrics = TestMetrics()
        return try await $current.withValue(metrics) { try await body(metrics) }
    }

    private struct Doorman: MetricsFactory {
        private var factory: any MetricsFactory { MetricsRoom.current ?? NOOPMetricsHandler.instance }

        func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
            factory.makeCounter(label: label, dimensions: dimensions)
        }

        func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
            factory.makeMeter(label: label, dimensions: dimensions)
        }

        func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
            factory.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
        }

        func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
            factory.makeTimer(label: label, dimensions: dimensions)
        }

        // The numbers are read after their makers are gone.
        func destroyCounter(_ handler: any CounterHandler) {}
        func destroyMeter(_ handler: any MeterHandler) {}
        func destroyRecorder(_ handler: any RecorderHandler) {}
        func destroyTimer(_ handler: any TimerHandler) {}
    }
}
