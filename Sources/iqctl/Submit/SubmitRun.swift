import ForgeClient
import Foundation
import ImageQueueCore

/// Stores a job, sees to it that somebody draws it, and waits for its end.
struct SubmitRun {
    /// Who is to draw.
    enum Drawing: Sendable {
        /// The queue's workers; this process, its own job only, if there are none.
        case workers(orElse: [ForgeGenerator])
        /// This process's simulator, and nobody else.
        case simulator(ForgeGenerator)
    }

    /// How the wait ended.
    enum Ending: Sendable {
        /// The job has ended.
        case ended(Job)
        /// The job goes on, and why nobody waits for it any more.
        case left(JobID, CommandFailure)
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
    private var submission: Submission
    private var display = ProgressDisplay()
    private var job: JobID?
    private var worker: ImageWorker?
    private var interruptions: Interruptions?
    private let happenings: AsyncStream<Happening>
    private let tell: AsyncStream<Happening>.Continuation

    init(_ submission: Submission, queue: ImageQueue, files: any ImageFiles, drawing: Drawing, timeout: Duration?) {
        self.submission = submission
        self.queue = queue
        self.files = files
        self.drawing = drawing
        self.timeout = timeout
        (happenings, tell) = AsyncStream.makeStream(of: Happening.self)
    }

    /// Runs to the job's end, or to why nobody waits for it.
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
                        if let error, case .ended(let job) = ending, job.failure?.code == .simulatorGone {
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
                submission.reservedFor = worker.id
            case .workers(let generators):
                let isAlone = try await !hasLiveWorker()
                if isAlone { try await files.check() }
                let job = try await submit(&group)
                if isAlone { _ = startWorker(with: generators, scope: .jobs([job]), &group) }
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
                // A worker for one stored job has nothing to wait for; the simulator's must be known before the job.
                if job == nil { _ = try await submit(&group) }
            case .event(let event):
                display.show(event)
                if event.isFinal, let job { return try await ended(job) }
            case .watchEnded(let error):
                if let error { return .broken(error) }
                if let job { return try await ended(job) }
            case .workerEnded(let error):
                return await lost(error)
            case .interrupted:
                guard let job else { return nil }
                Console.shared.note("Cancelling the job; a second Ctrl-C leaves at once.")
                _ = try await queue.cancel(job)
            case .timedOut:
                guard let job else { return nil }
                return .left(job, CommandFailure(.gaveUpWaiting, gaveUpMessage(job)))
            case .lookAround:
                guard worker == nil, let job, case .workers(let generators) = drawing else { return nil }
                if try await !hasLiveWorker() { _ = startWorker(with: generators, scope: .jobs([job]), &group) }
            }
            return nil
        } catch {
            return .broken(error)
        }
    }

    private mutating func submit(_ group: inout TaskGroup<Void>) async throws -> JobID {
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        self.interruptions = interruptions
        let receipt = try await queue.submit(submission)
        job = receipt.jobID
        display.accept(receipt, prompt: submission.request.prompt)
        let events = try await queue.events(matching: JobFilter(jobs: [receipt.jobID]))
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
        return receipt.jobID
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

    private func ended(_ job: JobID) async throws -> Ending? {
        guard let found = try await queue.status(of: job) else {
            return .broken(CommandFailure(.noSuchJob, "The job \(job) has been removed."))
        }
        guard found.state.isFinal else {
            return .broken(CommandFailure(.storeFailed, "The watch of job \(job) broke off."))
        }
        display.finish(found)
        return .ended(found)
    }

    /// Our own worker ended before the job.
    private func lost(_ error: (any Error)?) async -> Ending? {
        guard let error else { return nil }
        guard let job else { return .broken(error) }
        guard let failure = error as? GenerationError else { return .left(job, CommandFailure(error)) }
        let message =
            switch drawing {
            case .workers(let generators) where failure.failureClass == .unavailable:
                "Forge can't be reached at \(Self.places(of: generators)); start it, or add --simulate to try without one. "
                    + "The job stays queued: \(job)"
            case .workers:
                "\(failure.message) The job stays queued: \(job)"
            case .simulator:
                "\(failure.message) The job \(job) fails now, for its simulator ends with this process."
            }
        return .left(job, CommandFailure(.forgeUnavailable, message))
    }

    private static func places(of generators: [ForgeGenerator]) -> String {
        generators.map(\.backend.description).joined(separator: " or ")
    }

    private func gaveUpMessage(_ job: JobID) -> String {
        switch drawing {
        case .workers: "Gave up waiting; the job stays: `iqctl status \(job)` tells how it stands."
        case .simulator: "Gave up waiting; the job \(job) fails now, for its simulator ends with this process."
        }
    }
}
