import ForgeClient
import ForgeSimulator
import ImageQueueCore
import ImageQueueTesting

/// A queue in memory whose workers draw on simulated Forges.
struct Studio: Sendable {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    var queue: ImageQueue { ImageQueue(store: store) }

    func submit(
        _ prompt: String = "kedi",
        steps: Int = 2,
        _ change: (inout TextToImageRequest) -> Void = { _ in }
    ) async throws -> JobID {
        var request = TextToImageRequest(prompt: prompt)
        request.width = 64
        request.height = 64
        request.steps = steps
        change(&request)
        return try await queue.submit(Submission(request: request)).jobID
    }

    /// Runs a worker beside `body`, then stops it.
    func working(
        on backends: [ForgeGenerator],
        _ change: (inout WorkerConfiguration) -> Void = { _ in },
        _ body: () async throws -> Void
    ) async throws {
        var configuration = WorkerConfiguration()
        configuration.retryPolicy.firstPause = .milliseconds(10)
        configuration.breaker.shortestWait = .milliseconds(50)
        change(&configuration)
        let worker = ImageWorker(queue: queue, backends: backends, files: files, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            defer { worker.stop() }
            try await body()
            worker.stop()
            try await group.waitForAll()
        }
    }

    /// How a job ended, once it has.
    func ended(_ job: JobID) async throws -> Job {
        let events = try await queue.events(matching: JobFilter(jobs: [job]))
        if let now = try await queue.status(of: job), now.state.isFinal { return now }
        for try await event in events where event.isFinal { break }
        guard let job = try await queue.status(of: job) else { throw GenerationError(.rejectedInput, message: "gone") }
        return job
    }

    static func generator(
        _ forge: ForgeSimulator,
        _ change: (inout ForgeConfiguration) -> Void = { _ in }
    ) throws -> ForgeGenerator {
        var configuration = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
        configuration.pollInterval = .milliseconds(50)
        change(&configuration)
        return ForgeGenerator(configuration: configuration)
    }

    static func withForge(
        _ faults: [String] = [],
        _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (ForgeSimulator) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(10)
        configuration.faults = try faults.map { try Fault(argument: $0) }
        change(&configuration)
        try await ForgeSimulator.withServer(configuration, body)
    }
}

extension ForgeSimulator {
    /// How often a path was asked for.
    func count(_ path: String) -> Int { log.count { $0.path == path } }
}
