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

extension InMemoryJobStore {
    /// A worker that exists in the store alone, and holds a backend.
    func register(holding backend: BackendID) async throws -> WorkerID {
        let worker = WorkerRegistration(host: "test", processID: 1, backends: [backend], renewalInterval: nil)
        try await register(worker)
        #expect(try await holdBackend(backend, for: worker.id))
        return worker.id
    }
}

extension WorkerScene {
    var queue: ImageQueue { ImageQueue(store: store) }

    func submit(_ prompt: String = "kedi", count: Int = 1, priority: Priority = .normal) async throws -> JobID {
        var submission = Submission(request: TextToImageRequest(prompt: prompt))
        submission.request.drawing?.pictureCount = count
        submission.priority = priority
        return try await queue.submit(submission).jobID
    }

    func worker(_ change: (inout WorkerConfiguration) -> Void = { _ in }) -> ImageWorker {
        var configuration = WorkerConfiguration()
        change(&configuration)
        return ImageWorker(
            queue: queue,
            backends: [generator],
            files: files,
            configuration: configuration,
            clock: clock
        )
    }

    /// Runs a worker beside `body`, then stops it and waits for its end.
    func running(_ worker: ImageWorker, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await body()
            worker.stop()
            try await group.waitForAll()
        }
    }

    /// The same with a worker as it comes.
    func running(_ body: (ImageWorker) async throws -> Void) async throws {
        let worker = worker()
        try await running(worker) { try await body(worker) }
    }

    func letTimePass(until isSo: () async throws -> Bool) async throws {
        while try await !isSo() {
            try Task.checkCancellation()
            clock.advance(by: .milliseconds(200))
            await Task.yield()
        }
    }

    /// Waits for an event about a job.
    func wait(for job: JobID, until isRight: (JobEvent) -> Bool) async throws {
        for try await event in try await queue.events(matching: JobFilter(jobs: [job])) where isRight(event) { return }
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
