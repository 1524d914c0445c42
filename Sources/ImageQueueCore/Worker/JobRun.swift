import Logging
import Synchronization

/// One attempt at one job, from the claim to the settlement.
struct JobRun {
    let worker: ImageWorker
    let generator: any ImageGenerator
    let claimed: ClaimedJob

    private var store: any JobStore { worker.store }
    private var lease: Lease { claimed.lease }
    private var job: Job { claimed.job }

    /// Draws what is missing and settles the attempt; answers with the next job, if there was one to take.
    ///
    /// - Throws: ``GenerationError`` if the backend is unavailable: the job was then given back.
    func run() async throws -> ClaimedJob? {
        let begun = worker.clock.measureStart()
        worker.metrics.waited(job)
        await removeRemains()
        var have = Set(job.images.map(\.number))
        for number in 0..<job.request.pictureCount where !have.contains(number) {
            let task = DrawingTask(
                id: DrawingTask.ID(job: job.id, attempt: lease.attempt, number: number),
                request: job.request
            )
            let result = await PictureRun(run: self, task: task, picturesDone: have.count).draw()
            switch result {
            case .drawn(let picture):
                let image: GeneratedImage
                switch await keep(picture, number: number) {
                case .kept(let kept): image = kept
                case .endsAs(let ending): return try await end(ending, begun)
                case .lost:
                    await abandon()
                    return nil
                }
                have.insert(number)
                if have.count == job.request.pictureCount { return try await end(.complete([image]), begun) }
                guard try await record(image) else { return nil }
                if worker.isStopping { return try await end(.released(after: .zero), begun) }
            case .cancelled(let stillDrawing):
                return try await end(.stopped(stillDrawing: stillDrawing), begun)
            case .stopped:
                return try await end(.released(after: .zero), begun)
            case .lost:
                await abandon()
                return nil
            case .failed(let error) where error.failureClass.isBackendUnavailable:
                _ = try await end(.released(after: .zero), begun)
                throw error
            case .failed(let error):
                return try await end(.failed(error.jobFailure), begun)
            }
        }
        return try await end(.complete([]), begun)
    }

    private enum Keeping {
        case kept(GeneratedImage)
        /// It could not be stored, and the attempt is to end so.
        case endsAs(AttemptEnding)
        case lost
    }

    /// Stores a picture. While the directory can't be written it tries again: the picture is there, and drawing another
    /// would not find more room.
    private func keep(_ picture: DrawnImage, number: Int) async -> Keeping {
        var isTold = false
        while true {
            do {
                return .kept(try await write(picture, number: number))
            } catch let error as QueueError where error.code == .filesUnavailable {
                if !isTold { log("the picture can't be stored; trying again", error) }
                isTold = true
                switch try? await store.standing(of: lease) {
                case .lost: return .lost
                case .cancelRequested: return .endsAs(.stopped(stillDrawing: false))
                case .held, nil: break
                }
                if worker.isStopping { return .endsAs(.released(after: .zero)) }
                await pause()
            } catch {
                return .endsAs(.failed(JobFailure(code: .storageFailed, message: message(of: error))))
            }
        }
    }

    private func write(_ picture: DrawnImage, number: Int) async throws -> GeneratedImage {
        let name = ImageFileName(
            job: job.id,
            createdAt: job.createdAt,
            attempt: lease.attempt,
            number: number,
            format: picture.format
        )
        let file = try await worker.files.store(picture.bytes, as: name)
        for warning in picture.warnings {
            worker.logger.warning(
                "the picture differs from what was asked",
                metadata: ["imagequeue.job.id": "\(job.id)", "imagequeue.warning": "\(warning)"]
            )
        }
        return GeneratedImage(
            number: number,
            attempt: lease.attempt,
            path: file.path,
            format: picture.format,
            width: picture.width,
            height: picture.height,
            byteCount: file.byteCount,
            sha256: file.sha256,
            seed: picture.seed,
            prompt: job.request.prompt,
            infotext: picture.infotext,
            warnings: picture.warnings
        )
    }

    /// Writes down a picture that is not the last; answers whether the job is still ours.
    private func record(_ image: GeneratedImage) async throws -> Bool {
        try await insist { try await store.record(image, for: lease) } != nil
    }

    /// Settles the attempt. While the store can't be used it tries again: the job is in our hands.
    private func end(_ ending: AttemptEnding, _ begun: RunStart) async throws -> ClaimedJob? {
        let next = worker.isStopping ? nil : ClaimRequest(worker: worker.id, backend: generator.backend)
        let mayGoOn = if case .released = ending { false } else { true }
        let settlement = try await insist {
            try await store.settle(lease, as: ending, beginning: nil, then: mayGoOn ? next : nil)
        }
        guard let settlement else { return nil }
        worker.metrics.ended(settlement.state, after: worker.clock.elapsed(since: begun))
        if case .failed(let failure) = ending {
            worker.logger.info(
                "a job failed",
                metadata: [
                    "imagequeue.job.id": "\(job.id)", "imagequeue.job.attempt": "\(lease.attempt)",
                    "error.code": "\(failure.code.rawValue)", "error.message": "\(failure.message)",
                ]
            )
        }
        return settlement.next
    }

    /// Tries until it works, the lease is lost (`nil`; its files are then removed), or the worker stops.
    private func insist<Answer>(_ verb: () async throws -> Answer) async throws -> Answer? {
        while true {
            do {
                return try await verb()
            } catch let error as QueueError where error.code == .staleLease {
                await abandon()
                return nil
            } catch let error as QueueError where error.code != .closed && !worker.isStopping {
                log("the store can't be used; trying again", error)
                await pause()
            }
        }
    }

    private func pause() async {
        await worker.signal.wait(past: worker.signal.count, upTo: worker.configuration.slowLook, clock: worker.clock)
    }

    private func log(_ message: Logger.Message, _ error: any Error) {
        worker.logger.info(
            message,
            metadata: ["imagequeue.job.id": "\(job.id)", "error.message": "\(error)"]
        )
    }

    /// Earlier attempts ended without their holder, perhaps: removes what they left half-done.
    private func removeRemains() async {
        for attempt in 1..<max(1, lease.attempt) { await removeFiles(of: attempt, keeping: job.images) }
    }

    /// The job is somebody else's now: removes exactly this attempt's files that no row names.
    private func abandon() async {
        let images: [GeneratedImage]
        do {
            images = try await store.job(job.id, as: .operator)?.images ?? []
        } catch {
            // Without knowing what is named nothing can be removed; the next attempt looks again.
            return
        }
        await removeFiles(of: lease.attempt, keeping: images)
    }

    private func removeFiles(of attempt: Int, keeping images: [GeneratedImage]) async {
        do {
            try await worker.files.removeFiles(
                ofAttempt: attempt,
                job: job.id,
                createdAt: job.createdAt,
                keeping: Set(images.map(\.path))
            )
        } catch {
            worker.logger.error(
                "files of a lost attempt could not be removed",
                metadata: [
                    "imagequeue.job.id": "\(job.id)", "imagequeue.job.attempt": "\(attempt)",
                    "error.message": "\(error)",
                ]
            )
        }
    }

    private func message(of error: any Error) -> String {
        (error as? QueueError)?.message ?? "\(error)"
    }
}
