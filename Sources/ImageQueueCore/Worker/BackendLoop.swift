import Logging

/// One backend's life with a worker: take its hold, see that it is well, claim, draw, again.
struct BackendLoop {
    let worker: ImageWorker
    let generator: any ImageGenerator

    private var store: any JobStore { worker.store }
    private var configuration: WorkerConfiguration { worker.configuration }

    func run() async throws {
        var wait = BackendWait(configuration: configuration)
        /// When the backend last showed that it is well, by an answer or a picture.
        var lastGood: RunStart?
        while !worker.isStopping {
            let seen = worker.signal.count
            let registrations = worker.registrationCount
            do {
                guard try await store.holdBackend(generator.backend, for: worker.id) else {
                    if configuration.stopsWhenDrained, try await isDrained() { return }
                    await pause(past: seen, upTo: configuration.slowLook)
                    continue
                }
                if lastGood.map({ worker.clock.elapsed(since: $0) >= Self.healthInterval }) ?? true {
                    try await generator.checkHealth()
                    lastGood = worker.clock.measureStart()
                }
                try await settleOrphans()
                let claim = ClaimRequest(worker: worker.id, backend: generator.backend)
                guard let first = try await store.claim(claim) else {
                    if configuration.stopsWhenDrained { break }
                    wait.reset()
                    await pause(past: seen, upTo: configuration.slowLook)
                    continue
                }
                lastGood = nil
                try await Shift(worker: worker, generator: generator).run(from: first)
                lastGood = worker.clock.measureStart()
                wait.reset()
            } catch let error as GenerationError where error.failureClass.isBackendUnavailable {
                if configuration.stopsWhenUnavailable {
                    try await store.releaseBackend(generator.backend, by: worker.id)
                    throw error
                }
                log("the backend is unavailable", error)
                await pauseWhole(wait.next())
            } catch let error as GenerationError {
                if configuration.stopsWhenUnavailable {
                    try await store.releaseBackend(generator.backend, by: worker.id)
                    throw error
                }
                log("the backend does not answer as it should", error)
                await pauseWhole(wait.next())
            } catch let error as QueueError where error.code == .closed {
                throw error
            } catch let error as QueueError where error.code == .staleLease {
                // Taken for dead while it was suspended: it begins anew, with nothing in its hands.
                log("the worker was swept off the list; registering again", error)
                let isDone = (try? await worker.registerAnew(since: registrations)) ?? false
                if !isDone { await pauseWhole(wait.next()) }
            } catch {
                log("the store can't be used; trying again", error)
                await pauseWhole(wait.next())
            }
        }
        try await store.releaseBackend(generator.backend, by: worker.id)
    }

    /// What a dead worker had sent is seen to first: a request behind it would wait inside the backend, where it can't be
    /// cancelled.
    private func settleOrphans() async throws {
        for task in try await store.orphans(on: generator.backend) {
            try await generator.settleOrphan(task)
            try await store.forgetOrphan(task, on: generator.backend)
        }
    }

    /// For how long a sign of health is believed before the next claim.
    private static let healthInterval = Duration.seconds(5)

    /// A worker that stands by has nothing to wait for once no job that it may take is queued.
    private func isDrained() async throws -> Bool {
        var filter = JobFilter(states: [.queued])
        if case .jobs(let jobs) = configuration.scope { filter.jobs = jobs }
        return try await store.jobs(matching: filter, as: .operator, after: nil, limit: 1).jobs.isEmpty
    }

    private func pause(past seen: Signal.Count, upTo limit: Duration) async {
        await worker.signal.wait(past: seen, upTo: limit, clock: worker.clock)
    }

    /// Waits the whole time, however often something changes, but not after a stop.
    private func pauseWhole(_ limit: Duration) async {
        let signal = worker.signal
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await worker.clock.sleep(for: limit) }
            group.addTask {
                while !worker.isStopping {
                    let seen = signal.count
                    if worker.isStopping { return }
                    await signal.wait(past: seen)
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func log(_ message: Logger.Message, _ error: any Error) {
        worker.logger.info(
            message,
            metadata: ["forge.backend": "\(generator.backend)", "error.message": "\(error)"]
        )
    }
}

/// The waits after a backend was found unavailable: doubled each time, up to a longest.
struct BackendWait: Equatable {
    private let shortest: Duration
    private let longest: Duration
    private var upcoming: Duration

    init(configuration: WorkerConfiguration) {
        shortest = configuration.shortestBackendWait
        longest = configuration.longestBackendWait
        upcoming = configuration.shortestBackendWait
    }

    mutating func next() -> Duration {
        defer { upcoming = min(longest, upcoming * 2) }
        return upcoming
    }

    mutating func reset() { upcoming = shortest }
}
