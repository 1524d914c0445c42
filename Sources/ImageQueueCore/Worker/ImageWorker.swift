internal import ImageQueueConcurrency
public import Logging

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Draws the queue's jobs on its backends, one picture at a time on each.
///
/// ``run()`` fits swift-service-lifecycle's `Service`: call it within `withGracefulShutdownHandler`, and ``stop()`` from the
/// handler. Several workers, in several processes, may share one queue: a backend is held by one at a time, the others
/// stand by.
public final class ImageWorker: Sendable {
    let store: any JobStore
    let files: any ImageFiles
    let generators: [any ImageGenerator]
    let configuration: WorkerConfiguration
    let clock: any Clock<Duration>
    let logger: Logger
    let metrics = WorkerMetrics()
    let signal = Signal()
    private let stopped = Lock<RunStart?>(nil)
    private let isRunning = Lock(false)
    private let renewals = Lock(Renewals())

    private struct Renewals {
        var count = 0
        var isUnderWay = false

        mutating func begin(since seen: Int) -> Bool {
            guard count == seen, !isUnderWay else { return false }
            isUnderWay = true
            return true
        }

        mutating func end(succeeded: Bool) {
            isUnderWay = false
            if succeeded { count += 1 }
        }
    }

    /// A worker for a queue. Starts nothing; call ``run()``.
    ///
    /// - Parameters:
    ///   - backends: Where pictures are drawn: one or more, no two with the same `backend` id. ``run()`` refuses others.
    ///   - files: Where pictures are written.
    ///   - clock: What waits are measured by.
    public init(
        queue: ImageQueue,
        backends: [any ImageGenerator],
        files: any ImageFiles,
        configuration: WorkerConfiguration = WorkerConfiguration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "imagequeue.worker")
    ) {
        self.store = queue.store
        self.files = files
        self.generators = backends
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// The worker's id: jobs can be submitted for it alone once ``run()`` has registered it.
    public var id: WorkerID { configuration.id }

    var isStopping: Bool { stopped.withLock { $0 != nil } || Task.isCancelled }

    /// The time since ``stop()``; `nil` before.
    var stopping: Duration? { stopped.withLock(\.self).map { clock.elapsed(since: $0) } }

    /// Stops gracefully: claims nothing more, lets the running picture finish within the grace, else interrupts it and
    /// gives the job back, no try spent. Returns at once; ``run()`` returns when it is done. Idempotent.
    public func stop() {
        let now = clock.measureStart()
        stopped.withLock { $0 = $0 ?? now }
        signal.raise()
    }

    /// Registers, draws until ``stop()`` or the task's cancellation, and takes itself off the list.
    ///
    /// With `stopsWhenDrained` it also returns once nothing can be claimed. A cancelled task stops without grace. A worker
    /// runs once at a time; after ``stop()`` it returns at once, and registers nothing.
    ///
    /// While it runs it waits for a store that can't be used, such as one on a full disk, but not for a damaged one.
    ///
    /// - Throws: ``QueueError`` with `invalid_request` for a configuration that can't be and for backends that are none, or
    ///   the same one twice, and if it runs already; if pictures can't be written or the store can't be used at the start,
    ///   and if the store is damaged; ``GenerationError`` with `stopsWhenUnavailable`, if no backend is left for what is
    ///   queued.
    public func run() async throws { try await run {} }

    /// ``run()``, for who submits jobs to this worker alone.
    ///
    /// - Parameter whenRegistered: Called once jobs can be submitted for it, before any is claimed.
    /// - Throws: what `whenRegistered` throws, too.
    public func run(whenRegistered: @Sendable () async throws -> Void) async throws {
        try checkSettings()
        let runsAlready = isRunning.withLock { isRunning in
            defer { isRunning = true }
            return isRunning
        }
        guard !runsAlready else {
            throw QueueError(code: .invalidRequest, message: "The worker \(id) runs already: make another one.")
        }
        defer { isRunning.withLock { $0 = false } }
        guard stopped.withLock({ $0 == nil }) else { return }
        try await files.check()
        try await register()
        let failure: (any Error)?
        do {
            try await whenRegistered()
            let observation = try await store.observeChanges { [signal] in signal.raise() }
            defer { observation.cancel() }
            failure = await drive()
        } catch {
            failure = error
        }
        do { try await store.unregister(id) } catch { throw failure ?? error }
        if let failure { throw failure }
    }

    private func checkSettings() throws {
        try configuration.validate()
        guard !generators.isEmpty else {
            throw QueueError(code: .invalidRequest, message: "The worker \(id) has no backend to draw on.")
        }
        var known: Set<BackendID> = []
        // Each has a gate of its own: two for one backend would have two requests at it.
        for generator in generators where !known.insert(generator.backend).inserted {
            throw QueueError(
                code: .invalidRequest,
                message: "The worker \(id) has the backend \(generator.backend) twice: name each once."
            )
        }
    }

    private func register() async throws { try await store.register(registration) }

    /// Puts itself on the list again, with nothing in its hands: it was swept off it, or its lease lapsed, as after a long
    /// suspension. What it may still hold goes back first, for nobody draws that any more. Each of its backends notices:
    /// only the first does it, else the second would take away what the first has claimed since.
    ///
    /// - Parameter seen: ``registrationCount`` before it was noticed.
    /// - Returns: false if another does it, or has done it.
    func registerAnew(since seen: Int) async throws -> Bool {
        guard renewals.withLock({ $0.begin(since: seen) }) else { return false }
        var isDone = false
        defer { renewals.withLock { $0.end(succeeded: isDone) } }
        try await store.unregister(id)
        try await register()
        isDone = true
        return true
    }

    /// How often it has registered anew.
    var registrationCount: Int { renewals.withLock { $0.count } }

    /// Draws on every backend, and keeps house beside it, until all loops have ended; answers with the first failure.
    private func drive() async -> (any Error)? {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Housekeeping(worker: self).run() }
            let failure = await driveLoops()
            group.cancelAll()
            return failure
        }
    }

    /// A backend that is given up leaves the jobs to the others; whatever else goes wrong ends all.
    private func driveLoops() async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            for generator in generators {
                group.addTask {
                    do {
                        try await BackendLoop(worker: self, generator: generator).run()
                        return nil
                    } catch {
                        if !(error is GenerationError) { self.stop() }
                        return error
                    }
                }
            }
            var failures: [any Error] = []
            for await error in group { if let error { failures.append(error) } }
            if let grave = failures.first(where: { !($0 is GenerationError) }) { return grave }
            guard let first = failures.first, failures.count < generators.count else { return failures.first }
            do { return try await isDrained() ? nil : first } catch { return error }
        }
    }

    /// Whether no job that it may take is queued.
    func isDrained() async throws -> Bool {
        var filter = JobFilter(states: [.queued])
        if case .jobs(let jobs) = configuration.scope { filter.jobs = jobs }
        return try await store.jobs(matching: filter, as: .operator, after: nil, limit: 1).jobs.isEmpty
    }

    private var registration: WorkerRegistration {
        WorkerRegistration(
            id: id,
            host: ProcessInfo.processInfo.hostName,
            processID: ProcessInfo.processInfo.processIdentifier,
            backends: generators.map(\.backend),
            scope: configuration.scope,
            leaseDuration: configuration.leaseDuration,
            renewalInterval: configuration.renewalInterval,
            lossFailure: configuration.lossFailure,
            onStart: configuration.onStart,
            maximumPerOwner: configuration.maximumPerOwner
        )
    }
}
