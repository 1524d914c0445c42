import ImageQueueTesting
import Testing

@testable import ImageQueueCore

/// A worker in memory, whose time passes when a test says so.
protocol WorkerScene {
    var store: InMemoryJobStore { get }
    var files: InMemoryImageFiles { get }
    var generator: FakeImageGenerator { get }
    var clock: ManualClock { get }
}

private struct NeverSo: Error {}

extension WorkerScene {
    var queue: ImageQueue { ImageQueue(store: store) }

    func submit(_ prompt: String = "kedi", count: Int = 1, priority: Priority = .normal) async throws -> JobID {
        var submission = Submission(request: TextToImageRequest(prompt: prompt))
        submission.request.drawing?.pictureCount = count
        submission.priority = priority
        return try await queue.submit(submission).jobID
    }

    /// Runs a worker beside `body`, then stops it and waits for its end.
    func running(_ body: (ImageWorker) async throws -> Void) async throws {
        let worker = ImageWorker(queue: queue, backends: [generator], files: files, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await body(worker)
            worker.stop()
            try await group.waitForAll()
        }
    }

    func status(_ job: JobID) async throws -> Job { try #require(try await queue.status(of: job)) }

    func end(of job: JobID) async throws -> Job {
        for try await event in try await queue.events(matching: JobFilter(jobs: [job])) where event.isFinal { break }
        return try await status(job)
    }

    func until(_ isSo: () async throws -> Bool) async throws {
        let start = ContinuousClock.now
        while !(try await isSo()) {
            guard start.duration(to: .now) < .seconds(50) else { throw NeverSo() }
            // Leaves the cores to those that are waited for.
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
