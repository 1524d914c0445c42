internal import Metrics

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// A worker's numbers, by swift-metrics. Handles are made once; dimensions are bounded.
struct WorkerMetrics: Sendable {
    private let textToImage = Outcomes(of: .textToImage)
    private let imageToImage = Outcomes(of: .imageToImage)
    private let upscale = Outcomes(of: .upscale)
    private let duration = Timer(label: "imagequeue.job.duration")
    private let wait = Timer(label: "imagequeue.job.wait.duration")
    private let opened = Self.breaker("open")
    private let closed = Self.breaker("closed")

    /// What becomes of one kind of jobs.
    private struct Outcomes: Sendable {
        let completed, failed, cancelled, released: Counter

        init(of kind: ImageRequest.Kind) {
            func counter(_ outcome: String) -> Counter {
                Counter(label: "imagequeue.jobs.total", dimensions: [("kind", kind.rawValue), ("outcome", outcome)])
            }
            completed = counter("complete")
            failed = counter("failed")
            cancelled = counter("cancelled")
            released = counter("released")
        }

        func count(_ state: JobState) {
            switch state {
            case .complete: completed.increment()
            case .failed: failed.increment()
            case .cancelled: cancelled.increment()
            case .scheduled, .queued, .processing: released.increment()
            }
        }
    }

    private static func breaker(_ state: String) -> Counter {
        Counter(label: "imagequeue.backend.breaker.total", dimensions: [("state", state)])
    }

    /// A backend is left alone from now on, or used again.
    func breaker(isOpen: Bool) { (isOpen ? opened : closed).increment() }

    /// A job's waiting is over.
    func waited(_ claimed: ClaimedJob) {
        if let time = claimed.waited { wait.recordSeconds(time) }
    }

    /// An attempt was settled.
    func ended(_ job: Job, _ state: JobState, after time: Duration) {
        switch job.request.kind {
        case .textToImage: textToImage.count(state)
        case .imageToImage: imageToImage.count(state)
        case .upscale: upscale.count(state)
        }
        if state.isFinal { duration.recordSeconds(time / .seconds(1)) }
    }
}

extension ClaimedJob {
    /// For how many seconds it waited to be begun for the first time; `nil` where it has been begun before.
    var waited: TimeInterval? {
        hasBegunBefore ? nil : max(0, (job.startedAt ?? .now).timeIntervalSince(queuedAt))
    }
}
