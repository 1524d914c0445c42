/// What is handed from the task that draws to the one that stores.
struct Finishing: Sendable {
    /// How an attempt ends as far as the drawing goes.
    enum Ending: Sendable {
        /// Every picture was drawn.
        case whole
        /// Earlier, like this.
        case early(JobRun.Trouble)
    }

    /// One that arrives.
    struct Picture: Sendable {
        let number: Int
        let image: any ArrivingImage
        /// What ``BackendStanding/beginAnswer()`` said.
        let answer: Int
    }

    let job: JobRun
    var picture: Picture?
    /// Set with the last that comes of an attempt.
    var ending: Ending?
    /// The reserved job whose request leaves now.
    var next: ClaimedJob?
}

extension Shift {
    private enum Drawn: Sendable {
        case free(any ArrivingImage)
        case failed(GenerationError)
        case givenUp
    }

    /// Draws job after job.
    func drawAll(from first: ClaimedJob) async {
        var upcoming: ClaimedJob? = first
        while let claimed = upcoming {
            upcoming = await draw(JobRun(claimed, begun: worker.clock.measureStart()))
        }
    }

    /// Draws what a job lacks, and answers with the next one.
    private func draw(_ job: JobRun) async -> ClaimedJob? {
        worker.metrics.waited(job.claimed)
        let missing = job.missing
        if !missing.isEmpty { backend.begin(job.job.request.model) }
        let inputs: [InputFile]
        switch await self.inputs(of: job, for: missing) {
        case .success(let files): inputs = files
        case .failure(let end): return await hand(job, .early(end.trouble))
        }
        for number in missing {
            if number != missing.first, let end = await end(before: number, of: job) { return await hand(job, end) }
            let picture = PictureInHand(
                job: job,
                number: number,
                inputs: inputs,
                picturesBefore: job.job.request.pictureCount - missing.count + (missing.firstIndex(of: number) ?? 0),
                isLast: number == missing.last,
                supervision: DrawingSupervision(configuration: worker.configuration),
                begun: worker.clock.measureStart()
            )
            switch await draw(picture) {
            case .success(let image):
                note(worker.clock.elapsed(since: picture.begun))
                let arriving = Finishing.Picture(number: number, image: image, answer: backend.beginAnswer())
                if picture.isLast { return await hand(job, .whole, arriving) }
                await finishing.give(Finishing(job: job, picture: arriving))
            case .failure(let end):
                return await hand(job, .early(end.trouble))
            }
        }
        // Every picture was stored by an attempt whose worker died before it could say so.
        return await hand(job, .whole)
    }

    /// The pictures that a job starts from, read when its drawing begins: at most one job's are held at a time.
    private func inputs(of job: JobRun, for missing: [Int]) async -> Result<[InputFile], EarlyEnd> {
        guard !missing.isEmpty, !job.job.request.inputs.isEmpty else { return .success([]) }
        guard let files = await insist(job, { try await self.store.inputs(of: job.job.id, as: .operator) }) else {
            return .failure(EarlyEnd(trouble: .lost))
        }
        guard Set(files.map(\.image)) == Set(job.job.request.inputs) else {
            let message = "The picture that the job starts from is no longer kept."
            return .failure(EarlyEnd(trouble: .ending(.failed(JobFailure(code: .storageFailed, message: message)))))
        }
        return .success(files)
    }

    /// Why a job's next picture is not to be drawn.
    private func end(before number: Int, of job: JobRun) async -> Finishing.Ending? {
        if let trouble = job.trouble { return .early(trouble) }
        switch await standing(of: job.lease) {
        case .lost: return .early(.lost)
        case .cancelRequested: return .early(.ending(.stopped(stillDrawing: false)))
        case .held, .returnRequested: return worker.isStopping ? .early(.ending(.released(after: .zero))) : nil
        }
    }

    /// Hands the end of an attempt over. With a reserved job at hand that one is next, at once; else what the settlement
    /// brings.
    private func hand(
        _ job: JobRun,
        _ ending: Finishing.Ending,
        _ picture: Finishing.Picture? = nil
    ) async -> ClaimedJob? {
        // While storing lags behind, the reserved job stays where a cancel or a stop finds it.
        await finishing.waitForRoom()
        let next = await reservedNow()
        await finishing.give(Finishing(job: job, picture: picture, ending: ending, next: next))
        if let next { return next }
        defer { endReserving(nil) }
        return await answers.take() ?? nil
    }

    /// The reserved job, if it may begin at this very moment; without one, none is reserved until ``endReserving(_:)``.
    private func reservedNow() async -> ClaimedJob? {
        while let claimed = await takeReservedOrBar() {
            let standing = await standing(of: claimed.lease)
            if standing == .held, mayGoOn { return claimed }
            await giveBack(claimed, standing: standing)
        }
        return nil
    }

    private struct EarlyEnd: Error {
        let trouble: JobRun.Trouble
    }

    /// Draws one picture, until its backend is free for the next.
    private func draw(_ picture: PictureInHand) async -> Result<any ArrivingImage, EarlyEnd> {
        hold(picture)
        defer { hold(nil) }
        let drawn = await withTaskGroup(of: Drawn.self) { group in
            group.addTask { await self.request(picture) }
            group.addTask {
                await picture.givenUp.wait(past: 0)
                return .givenUp
            }
            defer { group.cancelAll() }
            return await group.next() ?? .givenUp
        }
        switch drawn {
        case .givenUp: await leave(picture)
        case .free: await forgetLeft()
        // The backend has it still, or may have: who claims a job for it first would wait with that in his hands.
        case .failed(let error) where [.hung, .timedOut, .connectionLost].contains(error.failureClass):
            await leave(picture)
        // It may never have reached the backend.
        case .failed: break
        }
        let supervision = picture.supervision
        switch drawn {
        case .free(let image):
            return supervision.wasInterrupted ? .failure(EarlyEnd(trouble: supervision.trouble)) : .success(image)
        case .failed(let error) where supervision.wasInterrupted || error.failureClass == .interrupted:
            return .failure(EarlyEnd(trouble: supervision.trouble))
        case .failed(let error):
            return .failure(EarlyEnd(trouble: trouble(of: error, in: picture.job)))
        case .givenUp:
            if supervision.isBackendSilent {
                // The next job is not to wait for it in our hands.
                let silence = GenerationError(.timedOut, message: "\(generator.backend) did not answer an interrupt.")
                backend.note(.unwell, silence)
                breakOff(silence)
            }
            return .failure(EarlyEnd(trouble: supervision.troubleWhenGivenUp))
        }
    }

    /// The backend may go on with a picture that is waited for no longer: whoever uses it next, after this worker's end
    /// too, is to see to that first.
    private func leave(_ picture: PictureInHand) async {
        noteLeft(picture.task.id)
        _ = await insist(picture.job) { try await self.store.noteOrphan(picture.task.id, on: self.generator.backend) }
    }

    /// The backend has drawn a later picture: it is no longer at what was left before.
    private func forgetLeft() async {
        // What stays noted is looked for once more before the next shift.
        for task in takeLeft() { try? await store.forgetOrphan(task, on: generator.backend) }
    }

    private func request(_ picture: PictureInHand) async -> Drawn {
        do {
            let image = try await generator.draw(picture.task) {
                [progressed, backend, generator, signal = worker.signal] progress in
                picture.take(progress)
                backend.note(interruptible: generator.interruptibleKinds)
                progressed.raise()
                // The time to reserve the next job may have come.
                signal.raise()
            }
            return .free(image)
        } catch is CancellationError {
            return .givenUp
        } catch let error as GenerationError {
            return .failed(error)
        } catch {
            return .failed(GenerationError(.backendFailed, message: "\(error)", cause: error))
        }
    }

    /// What a failure of the backend means for the attempt. Where the backend is to be left alone, the shift ends as well.
    ///
    /// - Parameter answer: in which answer it failed; without one, now.
    func trouble(of error: GenerationError, in job: JobRun, answer: Int? = nil) -> JobRun.Trouble {
        if case .wait = backend.note(.failed(error.failureClass), error, of: answer) { breakOff(error) }
        switch worker.configuration.retryPolicy.decide(error.failureClass, failuresBefore: job.claimed.failures) {
        case .release:
            backend.note(.unwell, error, of: answer)
            backend.refused(job.job.id)
            breakOff(error)
            return .ending(.released(after: .zero))
        case .retry(let wait):
            return .ending(.retry(error.jobFailure, after: wait))
        case .elsewhere(let wait):
            // The job is due again after the pause; whoever else could draw it looks within the slow look.
            backend.note(.setAside(wait + worker.configuration.slowLook * 2), error, of: answer)
            breakOff(error)
            return .ending(.retry(error.jobFailure, after: wait))
        case .fail:
            return .ending(.failed(error.jobFailure))
        }
    }
}

extension DrawingSupervision {
    /// What an interrupt that was sent means for the attempt.
    fileprivate var trouble: JobRun.Trouble {
        switch reason {
        case .cancel: .ending(.stopped(stillDrawing: false))
        case .lost: .lost
        case .stop, nil: .ending(.released(after: .zero))
        }
    }

    /// What it means that the answer is waited for no longer.
    fileprivate var troubleWhenGivenUp: JobRun.Trouble {
        reason == .cancel ? .ending(.stopped(stillDrawing: true)) : trouble
    }
}
