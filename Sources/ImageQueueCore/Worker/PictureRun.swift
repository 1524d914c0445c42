import Synchronization

/// One picture: the drawing, beside it the reports of progress and the watch for a cancel or a stop.
struct PictureRun {
    enum Result: Sendable {
        case drawn(DrawnImage)
        /// A cancel was carried out. `stillDrawing`: the backend goes on with what nobody wants.
        case cancelled(stillDrawing: Bool)
        /// The worker stops; the job is to go back.
        case stopped
        /// The job is somebody else's now.
        case lost
        case failed(GenerationError)
    }

    let run: JobRun
    let task: DrawingTask
    let picturesDone: Int

    private var worker: ImageWorker { run.worker }
    private var store: any JobStore { run.worker.store }
    private var lease: Lease { run.claimed.lease }
    private var pictureCount: Int { task.request.pictureCount }

    private enum Finish: Sendable {
        case answer(Swift.Result<DrawnImage, GenerationError>)
        case givenUp(DrawingSupervision.Reason)
        case beside
    }

    func draw() async -> Result {
        // A stop or a cancel that came between two pictures needs no interrupt.
        switch await standing() {
        case .lost: return .lost
        case .cancelRequested(.now): return .cancelled(stillDrawing: false)
        case .held, .cancelRequested(.afterPicture): if worker.isStopping { return .stopped }
        }
        let supervision = Supervised(DrawingSupervision(configuration: worker.configuration))
        let progress = ProgressReport()
        let finish = await withTaskGroup(of: Finish.self) { group in
            group.addTask { await draw(progress) }
            group.addTask { await supervise(supervision) }
            group.addTask { await report(progress) }
            defer { group.cancelAll() }
            for await finish in group {
                if case .beside = finish { continue }
                return finish
            }
            return .beside
        }
        let final = supervision.state.withLock { $0 }
        switch finish {
        case .givenUp(.cancel): return .cancelled(stillDrawing: true)
        case .givenUp(.stop), .beside: return .stopped
        case .givenUp(.lost): return .lost
        case .answer(let answer):
            if final.wasInterrupted {
                switch final.reason {
                case .cancel: return .cancelled(stillDrawing: false)
                case .lost: return .lost
                case .stop, nil: return .stopped
                }
            }
            switch answer {
            case .success(let picture): return .drawn(picture)
            case .failure(let error): return .failed(error)
            }
        }
    }

    private func draw(_ progress: ProgressReport) async -> Finish {
        do {
            return .answer(.success(try await run.generator.draw(task) { progress.take($0) }))
        } catch is CancellationError {
            return .givenUp(.stop)
        } catch let error as GenerationError {
            return .answer(.failure(error))
        } catch {
            return .answer(.failure(GenerationError(.backendFailed, message: "\(error)", cause: error)))
        }
    }

    /// Watches for a cancel, a stop or the loss of the lease, and carries it out.
    private func supervise(_ supervision: Supervised) async -> Finish {
        let begun = worker.clock.measureStart()
        while !Task.isCancelled {
            let seen = worker.signal.count
            let standing = await standing()
            let action = supervision.state.withLock {
                $0.look(standing: standing, isStopping: worker.isStopping, at: worker.clock.elapsed(since: begun))
            }
            switch action {
            case .wait(let limit):
                await worker.signal.wait(past: seen, upTo: limit, clock: worker.clock)
            case .giveUp(let reason):
                return .givenUp(reason)
            case .interrupt:
                do {
                    let outcome = try await run.generator.interrupt(task.id)
                    supervision.state.withLock { $0.interrupted(outcome) }
                } catch {
                    supervision.state.withLock { $0.interruptFailed() }
                }
            }
        }
        return .beside
    }

    /// How the lease stands; while the store can't say, it is taken as held.
    private func standing() async -> LeaseStanding {
        (try? await store.standing(of: lease)) ?? .held
    }

    /// Writes progress down, at most every so often, and only what has risen.
    private func report(_ progress: ProgressReport) async -> Finish {
        var last = -1.0
        while !Task.isCancelled {
            let seen = progress.signal.count
            if let drawn = progress.newest {
                let fraction = (Double(picturesDone) + min(max(drawn.fraction, 0), 1)) / Double(pictureCount)
                if fraction > last {
                    last = fraction
                    let left = pictureCount - picturesDone - 1
                    let remaining = drawn.remaining.map { remaining in
                        drawn.fraction > 0.01 && left > 0
                            ? remaining + remaining / max(0.01, 1 - drawn.fraction) * left
                            : remaining
                    }
                    let now = JobProgress(fraction: fraction, picturesDone: picturesDone, remaining: remaining)
                    // A lost lease is the supervisor's to notice; progress that could not be written is replaced soon.
                    try? await store.report(now, for: lease)
                }
            }
            try? await worker.clock.sleep(for: worker.configuration.progressInterval)
            await progress.signal.wait(past: seen)
        }
        return .beside
    }
}

/// The newest progress of a picture, handed from the generator's thread to the reporting task.
private final class ProgressReport: Sendable {
    let signal = Signal()
    private let state = Mutex<DrawingProgress?>(nil)

    var newest: DrawingProgress? { state.withLock { $0 } }

    func take(_ progress: DrawingProgress) {
        state.withLock { $0 = progress }
        signal.raise()
    }
}

/// Holds the decisions about one picture, shared by the task that carries them out and the one that reads the answer.
private final class Supervised: Sendable {
    let state: Mutex<DrawingSupervision>

    init(_ supervision: DrawingSupervision) {
        state = Mutex(supervision)
    }
}
