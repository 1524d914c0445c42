internal import Logging

/// One backend's life with a worker: take its hold, see that it is well, claim, draw, again.
struct BackendLoop {
    let worker: ImageWorker
    let generator: any ImageGenerator

    private var store: any JobStore { worker.store }
    private var configuration: WorkerConfiguration { worker.configuration }

    func run() async throws {
        let backend = BackendStanding(of: generator.backend, for: worker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await report(backend) }
            defer { group.cancelAll() }
            try await work(backend)
        }
    }

    private func work(_ backend: BackendStanding) async throws {
        var condition = Condition()
        loop: while !worker.isStopping {
            let seen = worker.signal.count
            let registrations = worker.registrationCount
            do {
                var first: ClaimedJob?
                // Mostly nothing has changed since the last look, and the claim sees to that itself: each turn to the store
                // is a job's wait.
                let expected = isGood(condition) && backend.isTrusted ? condition.brief : nil
                if let expected { first = try await store.claim(backend.claim(ifStill: expected)) }
                if first == nil {
                    switch try await look(at: backend, &condition) {
                    case .claim where expected == nil || condition.brief != expected:
                        first = try await store.claim(backend.claim())
                    case .claim: break
                    case .wait(let limit):
                        await pause(past: seen, upTo: limit)
                        continue
                    case .leave: break loop
                    }
                }
                guard let first else {
                    if configuration.stopsWhenDrained, try await !waitsForHands() { break loop }
                    await pause(past: seen, upTo: configuration.slowLook * Self.idleLooks)
                    continue
                }
                backend.took(first)
                condition.lastGood = nil
                try await Shift(worker: worker, generator: generator, backend: backend).run(from: first)
                condition.lastGood = worker.clock.measureStart()
            } catch let error as GenerationError {
                // One that is only set aside for a job is not given up.
                if case .elsewhere = configuration.retryPolicy.rules[error.failureClass] { continue }
                guard configuration.stopsWhenUnavailable else { continue }
                try await store.releaseBackend(generator.backend, by: worker.id)
                throw error
            } catch let error as QueueError where error.isLasting {
                throw error
            } catch let error as QueueError where error.code == .staleLease {
                // Taken for dead while it was suspended: it begins anew, with nothing in its hands.
                log("the worker was swept off the list; registering again", error)
                condition.isHeld = false
                let isDone: Bool
                do {
                    isDone = try await worker.registerAnew(since: registrations)
                } catch let error as QueueError where error.isLasting {
                    throw error
                } catch {
                    isDone = false
                }
                if !isDone { await pauseWhole(configuration.slowLook) }
            } catch {
                log("the store can't be used; trying again", error)
                await pauseWhole(configuration.slowLook)
            }
        }
        try await store.releaseBackend(generator.backend, by: worker.id)
    }

    /// Whether jobs wait that this worker takes only with empty hands, while another backend of its draws.
    private func waitsForHands() async throws -> Bool {
        guard try await !worker.isDrained() else { return false }
        return try await store.workers().contains { $0.registration.id == worker.id && !$0.jobs.isEmpty }
    }

    /// What a worker keeps in mind of a backend from one job to the next.
    private struct Condition {
        /// When the backend last showed that it is well, by an answer or a picture.
        var lastGood: RunStart?
        var isHeld = false
        /// How often it had been added when that was last looked at.
        var additions = 0
        /// What was said of it when a claim was last in order, and it had nothing to be settled first.
        var brief: BackendBrief?
    }

    /// Whether a sign of health is fresh enough for the next claim.
    private func isGood(_ condition: Condition) -> Bool {
        condition.lastGood.map { worker.clock.elapsed(since: $0) < Self.healthInterval } ?? false
    }

    private enum Next {
        case claim
        /// For something to change, up to that long.
        case wait(Duration)
        /// There is nothing to be done here any more.
        case leave
    }

    /// Looks how the backend stands before a claim, takes its hold, and has it show that it is well.
    private func look(at backend: BackendStanding, _ condition: inout Condition) async throws -> Next {
        condition.brief = nil
        let brief = try await store.brief(on: generator.backend)
        if brief.additions > condition.additions {
            condition.lastGood = nil
            backend.note(.added)
        }
        condition.additions = brief.additions
        if brief.isDraining {
            // It may be down on purpose: nothing is asked of it.
            return configuration.stopsWhenDrained ? .leave : .wait(configuration.slowLook)
        }
        if case .wait(let time) = backend.note(.look) {
            condition.lastGood = nil
            // Looks whether it has been drained meanwhile, and asks nothing of it.
            return .wait(time)
        }
        // Asked for only where it is not held already: what lies between a ring and the claim is a job's wait.
        let isHeir = brief.holder != worker.id
        if isHeir, try await !store.holdBackend(generator.backend, for: worker.id) {
            condition.isHeld = false
            if configuration.stopsWhenDrained, try await worker.isDrained() { return .leave }
            return .wait(configuration.slowLook)
        }
        // With an old hold the report went, too.
        if isHeir || !condition.isHeld {
            condition.isHeld = true
            backend.changed.raise()
        }
        do {
            if !isGood(condition) {
                try await generator.checkHealth()
                condition.lastGood = worker.clock.measureStart()
                backend.note(.well)
            }
            if isHeir || brief.hasOrphans, try await !settleOrphans() { return .leave }
        } catch let error as GenerationError {
            backend.note(.unwell, error)
            throw error
        }
        if !isHeir, !brief.hasOrphans { condition.brief = brief }
        return .claim
    }

    /// Tells others how the backend stands, whenever that has changed.
    private func report(_ backend: BackendStanding) async {
        while !Task.isCancelled {
            let seen = backend.changed.count
            let report = BackendReport(
                breaker: backend.breaker,
                isShared: generator.isShared,
                interruptibleKinds: generator.interruptibleKinds
            )
            do {
                try await store.note(report, on: generator.backend, by: worker.id)
                await backend.changed.wait(past: seen)
            } catch {
                await backend.changed.wait(past: seen, upTo: configuration.slowLook, clock: worker.clock)
            }
        }
    }

    /// What a dead worker had sent is seen to first: a request behind it would wait inside the backend, where it can't be
    /// cancelled.
    ///
    /// - Returns: false after a stop, for which this is left to the next worker: it may take as long as a drawing.
    private func settleOrphans() async throws -> Bool {
        for task in try await store.orphans(on: generator.backend) {
            let isSettled = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await generator.settleOrphan(task)
                    return true
                }
                group.addTask {
                    await waitForStop()
                    return false
                }
                defer { group.cancelAll() }
                return try await group.next() ?? false
            }
            guard isSettled else { return false }
            try await store.forgetOrphan(task, on: generator.backend)
        }
        return true
    }

    /// Of how many slow looks a worker with nothing to do makes one: each is two turns to the store, which looks by itself
    /// whether anything was committed that no ring told of.
    private static let idleLooks = 3
    /// For how long a sign of health is believed before the next claim.
    private static let healthInterval = Duration.seconds(5)

    private func pause(past seen: Signal.Count, upTo limit: Duration) async {
        await worker.signal.wait(past: seen, upTo: limit, clock: worker.clock)
    }

    /// Waits the whole time, however often something changes, but not after a stop.
    private func pauseWhole(_ limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await worker.clock.sleepInSteps(for: limit) }
            group.addTask { await waitForStop() }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForStop() async {
        while !worker.isStopping, !Task.isCancelled {
            let seen = worker.signal.count
            if worker.isStopping { return }
            await worker.signal.wait(past: seen)
        }
    }

    private func log(_ message: Logger.Message, _ error: any Error) {
        worker.logger.info(
            message,
            metadata: ["forge.backend": "\(generator.backend)", "error.message": "\(error)"]
        )
    }
}
