import Metrics

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A worker's numbers, by swift-metrics. Handles are made once; dimensions are bounded.
struct WorkerMetrics: Sendable {
    private let completed = Self.outcome("complete")
    private let failed = Self.outcome("failed")
    private let cancelled = Self.outcome("cancelled")
    private let released = Self.outcome("released")
    private let duration = Timer(label: "imagequeue.job.duration")
    private let wait = Timer(label: "imagequeue.job.wait.duration")
    private let opened = Self.breaker("open")
    private let closed = Self.breaker("closed")

    private static func outcome(_ name: String) -> Counter {
        Counter(label: "imagequeue.jobs.total", dimensions: [("kind", "text_to_image"), ("outcome", name)])
    }

    private static func breaker(_ state: String) -> Counter {
        Counter(label: "imagequeue.backend.breaker.total", dimensions: [("state", state)])
    }

    /// A backend is left alone from now on, or used again.
    func breaker(isOpen: Bool) { (isOpen ? opened : closed).increment() }

    /// A job's waiting is over.
    func waited(_ claimed: ClaimedJob) {
        guard !claimed.hasBegunBefore else { return }
        wait.recordSeconds(max(0, (claimed.job.startedAt ?? .now).timeIntervalSince(claimed.job.createdAt)))
    }

    /// An attempt was settled.
    func ended(_ state: JobState, after time: Duration) {
        switch state {
        case .complete: completed.increment()
        case .failed: failed.increment()
        case .cancelled: cancelled.increment()
        case .scheduled, .queued, .processing: released.increment()
        }
        if state.isFinal { duration.recordSeconds(time / .seconds(1)) }
    }
}
