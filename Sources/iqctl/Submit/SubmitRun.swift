internal import ForgeClient
internal import Foundation
internal import ImageQueueCore

/// Stores jobs, sees to it that somebody draws them, and waits for their end.
struct SubmitRun {
    /// Who is to draw.
    enum Drawing: Sendable {
        /// The queue's workers; this process, its own jobs only, if there are none.
        case workers(orElse: [ForgeGenerator])
        /// This process's simulator, and nobody else.
        case simulator(ForgeGenerator)
    }

    /// How the wait ended.
    enum Ending: Sendable {
        /// All have ended.
        case ended([Job])
        /// They go on, and why nobody waits for them any more.
        case left([JobID], CommandFailure)
        /// Nothing was stored, or nothing more can be known.
        case broken(any Error)
    }

    private enum Happening: Sendable {
        case registered
        case event(JobEvent)
        case watchEnded((any Error)?)
        case workerEnded((any Error)?)
        case interrupted
        case timedOut
        case lookAround
    }

    let queue: ImageQueue
    let files: any ImageFiles
    let drawing: Drawing
    let timeout: Duration?
    private var submissions: [Submission]
    private var display = ProgressDisplay()
    /// In the order of the submissions; empty until they are stored.
    private var jobs: [JobID] = []
    private var batch: String?
    private var unfinished: Set<JobID> = []
    private var worker: ImageWorker?
    private var interruptions: Interruptions?
    private let happenings: AsyncStream<Happening>
    private let tell: AsyncStream<Happening>.Continuation

    init(
        _ submissions: [Submission],
        queue: ImageQueue,
        files: any ImageFiles,
        drawing: Drawing,
        timeout: Duration?
    ) {
        self.submissions = submissions
        self.queue = queue
        self.files = files
        self.drawing = drawing
        self.timeout = timeout
        (happenings, tell) = AsyncStream.makeStream(of: Happening.self)
    }

    /// Runs to the jobs' end, or to why nobody waits for them.
    mutating func run() async -> Ending {
        let happenings = happenings
        return await withTaskGroup(of: Void.self) { group in
            var ending = await begin(&group)
            if ending == nil || worker != nil {
                if ending != nil { worker?.stop() }
                for await happening in happenings {
                    if case .workerEnded(let error) = happening {
                        worker = nil
                        // The job's end, which is only the consequence, may be told before its cause.
                        if let error, case .ended(let jobs) = ending,
                            jobs.contains(where: { $0.failure?.code == .simulatorGone })
                        {
                            Console.shared.note(TerminalText.line(CommandFailure(error).message ?? ""))
                        }
                    }
                    if ending == nil { ending = await take(happening, &group) }
                    guard ending != nil else { continue }
                    guard let worker else { break }
                    // What it was drawing, if anything, goes back at once: nobody waits for it here.
                    worker.stop()
                }
            }
            group.cancelAll()
            return ending ?? .broken(CancellationError())
        }
    }

    private mutating func begin(_ group: inout TaskGroup<Void>) async -> Ending? {
        do {
            switch drawing {
            case .simulator(let generator):
                let worker = startWorker(with: [generator], scope: .reservedJobs, &group)
                for index in submissions.indices { submissions[index].reservedFor = worker.id }
            case .workers(let generators):
                let isAlone = try await !hasLiveWorker()
                if isAlone { try await files.check() }
                try await submit(&group)
                if isAlone { _ = startWorker(with: generators, scope: .jobs(unfinished), &group) }
                let tell = tell
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(2))) != nil { tell.yield(.lookAround) }
                }
            }
            return nil
        } catch {
            return .broken(error)
        }
    }

    private mutating func take(_ happening: Happening, _ group: inout TaskGroup<Void>) async -> Ending? {
        do {
            switch happening {
            case .registered:
                // A worker for stored jobs has nothing to wait for; the simulator's must be known before its jobs.
                if jobs.isEmpty { try await submit(&group) }
            case .event(let event):
                display.show(event)
                guard event.isFinal, let job = event.jobID else { return nil }
                unfinished.remove(job)
                if unfinished.isEmpty { return try await ended() }
            case .watchEnded(let error):
                if let error { return .broken(error) }
                if !jobs.isEmpty { return try await ended() }
            case .workerEnded(let error):
                return await lost(error)
            case .interrupted:
                guard !jobs.isEmpty else { return nil }
                do {
                    _ = try await queue.cancel(matching: JobFilter(jobs: Set(jobs), states: JobFilter.unfinished))
                } catch {
                    let failure = notCancelled(CommandFailure(error))
                    // At once: to let go of the database may take as long again.
                    Console.shared.note(TerminalText.line(failure.message ?? ""))
                    return .left(jobs, CommandFailure(failure.status))
                }
                // Told once it is stored: whoever leaves then can rely on it.
                Console.shared.note("Cancelling the \(noun); a second Ctrl-C leaves at once.")
            case .timedOut:
                guard !jobs.isEmpty else { return nil }
                return .left(jobs, CommandFailure(.gaveUpWaiting, gaveUpMessage))
            case .lookAround:
                guard worker == nil, !unfinished.isEmpty, case .workers(let generators) = drawing else { return nil }
                if try await !hasLiveWorker() { _ = startWorker(with: generators, scope: .jobs(unfinished), &group) }
            }
            return nil
        } catch {
            return .broken(error)
        }
    }

    private mutating func submit(_ group: inout TaskGroup<Void>) async throws {
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        self.interruptions = interruptions
        let receipts = try await queue.submit(submissions)
        if case .simulator = drawing { try await refuseOthers(receipts) }
        jobs = receipts.map(\.jobID)
        unfinished = Set(jobs)
        batch = receipts.first?.metadata["batch_id"]?.stringValue
        display.accept(receipts, prompt: submissions.first?.request.prompt ?? "")
        try await WaitNote.tell(of: queue)
        let events = try await queue.events(matching: JobFilter(jobs: unfinished))
        let tell = tell
        group.addTask {
            do {
                for try await event in events { tell.yield(.event(event)) }
                tell.yield(.watchEnded(nil))
            } catch {
                tell.yield(.watchEnded(error))
            }
        }
        group.addTask { for await _ in interruptions.first { tell.yield(.interrupted) } }
        if let timeout {
            group.addTask {
                do { try await Task.sleep(for: timeout) } catch { return }
                tell.yield(.timedOut)
            }
        }
    }

    /// A job that was submitted before, with the same key, is not this process's to draw.
    private func refuseOthers(_ receipts: [SubmitReceipt]) async throws {
        for receipt in receipts where receipt.isRepeat {
            guard let job = try await queue.status(of: receipt.jobID), !job.state.isFinal else { continue }
            throw CommandFailure(
                .refused,
                "The key belongs to the job \(job.id), which this simulator does not draw; `iqctl watch \(job.id)` waits for it."
            )
        }
    }

    private mutating func startWorker(
        with generators: [ForgeGenerator],
        scope: WorkerScope,
        _ group: inout TaskGroup<Void>
    ) -> ImageWorker {
        var configuration = WorkerConfiguration()
        configuration.scope = scope
        configuration.stopsWhenUnavailable = true
        configuration.stopGrace = .zero
        let worker = ImageWorker(queue: queue, backends: generators, files: files, configuration: configuration)
        self.worker = worker
        let tell = tell
        group.addTask {
            do {
                try await worker.run { tell.yield(.registered) }
                tell.yield(.workerEnded(nil))
            } catch {
                tell.yield(.workerEnded(error))
            }
        }
        return worker
    }

    /// Whether somebody draws whatever comes.
    private func hasLiveWorker() async throws -> Bool {
        try await queue.store.workers().contains { $0.isAlive && $0.registration.scope == .anyJob }
    }

    private func ended() async throws -> Ending? {
        var found: [Job] = []
        for id in jobs {
            guard let job = try await queue.status(of: id) else {
                return .broken(CommandFailure(.noSuchJob, "The job \(id) has been removed."))
            }
            guard job.state.isFinal else {
                return .broken(CommandFailure(.storeFailed, "The watch of job \(id) broke off."))
            }
            found.append(job)
        }
        display.finish(found)
        return .ended(found)
    }

    /// Our own worker ended before the jobs.
    private func lost(_ error: (any Error)?) async -> Ending? {
        guard let error else { return nil }
        guard !jobs.isEmpty else { return .broken(error) }
        guard let failure = error as? GenerationError else { return .left(jobs, CommandFailure(error)) }
        let message =
            switch drawing {
            case .workers(let generators) where failure.failureClass == .unavailable:
                "\(Self.none(of: generators))\(failure.message) Add --simulate to try without one. \(stayMessage)"
            case .workers:
                "\(failure.message) \(stayMessage)"
            case .simulator:
                "\(failure.message) \(goneMessage)"
            }
        return .left(jobs, CommandFailure(.forgeUnavailable, message))
    }

    /// What to say where the failure speaks of one of several.
    private static func none(of generators: [ForgeGenerator]) -> String {
        guard generators.count > 1 else { return "" }
        return "No Forge draws: \(generators.map(\.backend.description).joined(separator: ", ")). "
    }

    private var isSeveral: Bool { jobs.count > 1 }
    private var noun: String { isSeveral ? "jobs" : "job" }
    /// What people name them by afterwards.
    private var name: String { isSeveral ? "batch \(batch ?? "")" : "\(jobs.first.map(\.description) ?? "")" }

    private var stayMessage: String {
        isSeveral ? "What is not drawn yet stays queued: \(name)" : "The job stays queued: \(name)"
    }

    private func notCancelled(_ failure: CommandFailure) -> CommandFailure {
        let outlook =
            switch drawing {
            case .workers where isSeveral:
                "The jobs were not cancelled and go on: `iqctl cancel --batch \(batch ?? "")` cancels them."
            case .workers: "The job was not cancelled and goes on: `iqctl cancel \(name)` cancels it."
            case .simulator: goneMessage
            }
        return CommandFailure(failure.status, [failure.message, outlook].compactMap(\.self).joined(separator: " "))
    }

    private var goneMessage: String {
        isSeveral
            ? "What is not drawn yet fails now, for its simulator ends with this process: \(name)"
            : "The job \(name) fails now, for its simulator ends with this process."
    }

    private var gaveUpMessage: String {
        switch drawing {
        case .workers where isSeveral:
            "Gave up waiting; the jobs stay: `iqctl list --batch \(batch ?? "")` tells how they stand."
        case .workers: "Gave up waiting; the job stays: `iqctl status \(name)` tells how it stands."
        case .simulator: "Gave up waiting; \(isSeveral ? goneMessage : "t" + goneMessage.dropFirst())"
        }
    }
}
