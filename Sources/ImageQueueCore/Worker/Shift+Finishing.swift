internal import Logging

extension Shift {
    /// Stores and settles what was drawn, in order.
    func finishAll() async {
        while let item = await finishing.take() { await finish(item) }
    }

    private func finish(_ item: Finishing) async {
        var last: GeneratedImage?
        if let picture = item.picture {
            do {
                let drawn = try await arrival(of: picture, of: item.job)
                backend.note(.drew, of: picture.answer)
                let image = try await keep(drawn, number: picture.number, of: item.job)
                if case .whole = item.ending, item.job.trouble == nil {
                    last = image
                } else {
                    await record(image, of: item.job)
                }
            } catch {
                item.job.take(trouble(finishing: error, in: item.job, answer: picture.answer))
            }
        }
        guard let ending = item.ending else { return }
        if case .early(let trouble) = ending { item.job.take(trouble) }
        let end: AttemptEnding
        switch item.job.trouble {
        case nil: end = .complete(last.map { [$0] } ?? [])
        case .ending(let early): end = early
        // Given back, if it is still ours after all: else nobody would draw it.
        case .lost: end = .released(after: .zero)
        }
        // While it is still held: should this process die just now, whoever takes the job from it sees to the files.
        if case .complete = end {} else if item.job.hasUnnamedFiles { await abandon(item.job) }
        let settlement = await settle(item.job, as: end, next: item.next)
        if item.next == nil { await answers.give(settlement?.next) }
    }

    /// Waits for a picture that is on its way, as long as it is wanted.
    private func arrival(of picture: Finishing.Picture, of job: JobRun) async throws -> DrawnImage {
        try await withThrowingTaskGroup(of: DrawnImage.self) { group in
            group.addTask { try await picture.image.image() }
            group.addTask { throw Ended(trouble: try await self.endOfArrival(of: job)) }
            defer { group.cancelAll() }
            guard let image = try await group.next() else { throw CancellationError() }
            return image
        }
    }

    /// Answers once a job's picture is to be waited for no longer, with what that means for the attempt.
    private func endOfArrival(of job: JobRun) async throws -> JobRun.Trouble {
        let begun = worker.clock.measureStart()
        var supervision = ArrivalSupervision(configuration: worker.configuration)
        // Nearly all come within this: the store is asked nothing.
        try await worker.clock.sleepInSteps(for: worker.configuration.slowLook)
        while true {
            try Task.checkCancellation()
            let seen = worker.signal.count
            let standing = await standing(of: job.lease)
            let waited = worker.clock.elapsed(since: begun)
            switch supervision.look(standing: standing, stopping: worker.stopping, at: waited) {
            case .wait(let limit): await worker.signal.wait(past: seen, upTo: limit, clock: worker.clock)
            case .giveUp(.cancel): return .ending(.stopped(stillDrawing: false))
            case .giveUp(.stop): return .ending(.released(after: .zero))
            case .giveUp(.lost): return .lost
            }
        }
    }

    private func trouble(finishing error: any Error, in job: JobRun, answer: Int) -> JobRun.Trouble {
        switch error {
        case let error as Ended: error.trouble
        case let error as GenerationError: trouble(of: error, in: job, answer: answer)
        case is CancellationError: .ending(.released(after: .zero))
        case let error as QueueError: .ending(.failed(JobFailure(code: .storageFailed, message: error.message)))
        default: .ending(.failed(JobFailure(code: .storageFailed, message: "\(error)")))
        }
    }

    private struct Ended: Error {
        let trouble: JobRun.Trouble
    }

    /// Stores a picture's file. While the directory can't be written it tries again: the picture is there, and drawing
    /// another would not find more room.
    private func store(_ picture: DrawnImage, as name: ImageFileName, of job: JobRun) async throws -> StoredFile {
        var isTold = false
        while true {
            let seen = worker.signal.count
            do {
                return try await worker.files.store(picture.bytes, as: name)
            } catch let error as QueueError where error.code == .filesUnavailable {
                if !isTold { tell("the picture can't be stored; trying again", error, job) }
                isTold = true
                switch await standing(of: job.lease) {
                case .lost: throw Ended(trouble: .lost)
                case .cancelRequested: throw Ended(trouble: .ending(.stopped(stillDrawing: false)))
                case .held, .returnRequested: break
                }
                if worker.isStopping { throw Ended(trouble: .ending(.released(after: .zero))) }
                await pause(past: seen)
            }
        }
    }

    /// - Parameter seen: The signal's count before what is to be tried again was tried: a stop since then ends the pause.
    private func pause(past seen: Signal.Count) async {
        await worker.signal.wait(past: seen, upTo: worker.configuration.slowLook, clock: worker.clock)
    }

    private func tell(_ what: Logger.Message, _ error: any Error, _ job: JobRun) {
        worker.logger.info(
            what,
            metadata: ["imagequeue.job.id": "\(job.job.id)", "error.message": "\(error)"]
        )
    }

    private func keep(_ picture: DrawnImage, number: Int, of job: JobRun) async throws -> GeneratedImage {
        let name = ImageFileName(
            job: job.job.id,
            createdAt: job.job.createdAt,
            attempt: job.lease.attempt,
            number: number,
            format: picture.format
        )
        job.willStore()
        let file = try await store(picture, as: name, of: job)
        for warning in picture.warnings {
            worker.logger.info(
                "the picture differs from what was asked",
                metadata: ["imagequeue.job.id": "\(job.job.id)", "imagequeue.warning": "\(warning)"]
            )
        }
        return GeneratedImage(
            number: number,
            attempt: job.lease.attempt,
            path: file.path,
            format: picture.format,
            width: picture.width,
            height: picture.height,
            byteCount: file.byteCount,
            sha256: file.sha256,
            seed: picture.seed,
            prompt: job.job.request.prompt,
            infotext: picture.infotext,
            warnings: picture.warnings,
            parent: job.job.request.parent
        )
    }

    /// Writes down a picture that does not end its job.
    private func record(_ image: GeneratedImage, of job: JobRun) async {
        let isRecorded: Void? = await insist(job) { try await self.store.record(image, for: job.lease) }
        if isRecorded == nil { job.take(.lost) } else { job.didRecord() }
    }

    /// Settles the attempt, begins the reserved job whose request has left, and asks for another; `nil` if the job was no
    /// longer ours.
    private func settle(_ job: JobRun, as ending: AttemptEnding, next: ClaimedJob?) async -> Settlement? {
        let wish = wish(after: ending, next: next)
        let settlement = await insist(job) {
            do {
                return try await store.settle(job.lease, as: ending, beginning: next?.lease, then: wish)
            } catch let error as QueueError where error.code == .storeDamaged {
                // Perhaps it is another job that can't be read: this one's picture is drawn, and is to be the last.
                breakOff(error)
                let alone = try await store.settle(job.lease, as: ending, beginning: nil, then: nil)
                if let next { await begin(next) }
                return alone
            }
        }
        backend.took(settlement?.next)
        if wish?.isReserving == true { endReserving(settlement?.next) }
        guard let settlement else {
            if let next { await begin(next) }
            return nil
        }
        worker.metrics.ended(job.job, settlement.state, after: worker.clock.elapsed(since: job.begun))
        if case .failed(let failure) = ending {
            worker.logger.info(
                "a job failed",
                metadata: [
                    "imagequeue.job.id": "\(job.job.id)", "imagequeue.job.attempt": "\(job.lease.attempt)",
                    "error.code": "\(failure.code.rawValue)", "error.message": "\(failure.message)",
                ]
            )
        }
        return settlement
    }

    /// What to ask for along with an ending: without a next job, one to draw now; with one, a job to reserve if the next
    /// picture is so short that it would come too late otherwise.
    private func wish(after ending: AttemptEnding, next: ClaimedJob?) -> ClaimRequest? {
        guard mayGoOn else { return nil }
        guard let next else {
            if case .released = ending { return nil }
            return backend.claim()
        }
        let isSoonOver = pace.isShort && JobRun(next, begun: worker.clock.measureStart()).missing.count <= 1
        guard isSoonOver, backend.isTrusted, beginReserving() else { return nil }
        return backend.claim(isReserving: true)
    }

    /// A job whose request has left, and whose begin nobody else could write down.
    private func begin(_ next: ClaimedJob) async {
        _ = await insist(JobRun(next, begun: worker.clock.measureStart())) { try await self.store.begin(next.lease) }
    }

    /// Gives a reserved job back, or ends it where that is wished; answers whether it did, and not somebody else before.
    @discardableResult
    func giveBack(_ claimed: ClaimedJob, standing: LeaseStanding) async -> Bool {
        let ending: AttemptEnding
        switch standing {
        case .cancelRequested: ending = .stopped(stillDrawing: false)
        case .held, .returnRequested, .lost: ending = .released(after: .zero)
        }
        let job = JobRun(claimed, begun: worker.clock.measureStart())
        let settlement = await insist(job) {
            try await self.store.settle(claimed.lease, as: ending, beginning: nil, then: nil)
        }
        if let settlement, settlement.state.isFinal {
            worker.metrics.ended(claimed.job, settlement.state, after: .zero)
        }
        return settlement != nil
    }

    /// Tries until it works, or the lease is lost (`nil`; its files are then removed), or the store is damaged or, with the
    /// worker stopping, can't be used (`nil`; the shift breaks off).
    func insist<Answer: Sendable>(
        _ job: JobRun,
        _ verb: () async throws -> Answer
    ) async -> Answer? {
        while true {
            let seen = worker.signal.count
            do {
                return try await verb()
            } catch let error as QueueError where error.code == .staleLease {
                await abandon(job)
                return nil
            } catch let error as QueueError where !error.isLasting && !worker.isStopping {
                tell("the store can't be used; trying again", error, job)
                await pause(past: seen)
            } catch {
                breakOff(error)
                return nil
            }
        }
    }

    /// The attempt comes to nothing, or the job is somebody else's: removes exactly this attempt's files that no row names.
    private func abandon(_ job: JobRun) async {
        do {
            // Without knowing what is named nothing can be removed; the store remembers what may lie there.
            let images = try await store.job(job.job.id, as: .operator)?.images ?? []
            try await worker.files.removeFiles(
                ofAttempt: job.lease.attempt,
                job: job.job.id,
                createdAt: job.job.createdAt,
                keeping: Set(images.map(\.path))
            )
        } catch {
            worker.logger.warning(
                "files of a lost attempt could not be removed",
                metadata: [
                    "imagequeue.job.id": "\(job.job.id)", "imagequeue.job.attempt": "\(job.lease.attempt)",
                    "error.message": "\(error)",
                ]
            )
        }
    }
}
