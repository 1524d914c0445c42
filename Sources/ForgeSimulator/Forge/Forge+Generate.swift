internal import Foundation
internal import ImageQueueConcurrency
internal import NIOPosix

extension Forge {
    /// txt2img and img2img: waits for its turn, samples, and describes what came out.
    /// - Throws: only `CancellationError`, when the server dies under it.
    func generate(_ request: GenerationRequest, disturbance: Disturbance = Disturbance()) async throws -> HTTPResponse {
        if let refusal = request.refusalBeforeQueue() { return refusal }
        let taskID = request.forcedTaskID ?? Self.madeUpTaskID(request.kind)
        state.withLock { $0.tasks.queue(taskID) }
        do {
            let result = try await queue.withPermit { () async throws -> GenerationResult in
                if let refusal = request.refusalBeforeStart() { throw RefusedBeforeStart(response: refusal) }
                return try await run(request, taskID: taskID, disturbance: disturbance)
            }
            // Forge encodes after it has given the lock back: the next job may already be sampling.
            return try await encode(result)
        } catch let error as ForgeException {
            return .exception(error)
        } catch let error as RefusedBeforeStart {
            return error.response
        }
    }

    private struct RefusedBeforeStart: Error {
        let response: HTTPResponse
    }

    private static func madeUpTaskID(_ kind: GenerationRequest.Kind) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return "task(\(kind.rawValue)-\(String((0..<7).map { _ in letters[Int.random(in: 0..<letters.count)] })))"
    }

    /// Everything between the start and the end of a task. Holds the lock.
    private func run(
        _ request: GenerationRequest,
        taskID: String,
        disturbance: Disturbance
    ) async throws -> GenerationResult {
        let timestamp = LocalTime.jobTimestamp()
        let asked = max(0, request.iterations) * request.passes.map { max(0, $0) }.reduce(0, +)
        let record = journal.start(taskID, path: request.path, prompt: request.prompt, stepsAsked: asked)
        if isDegraded { journal.change(record) { $0.wasDegraded = true } }
        state.withLock { state in
            state.progress.begin(job: "scripts_\(request.kind.rawValue)", timestamp: timestamp)
            state.jobStart = .now
            state.tasks.start(taskID)
        }
        do {
            if let failure = disturbance.failure { throw failure }
            let restored = try applyOverrides(of: request)
            defer { restored() }
            let model = try await loadModel(for: request)
            if let refusal = request.refusalOfSetUp() { throw refusal }
            let override = request.overrides["sd_model_checkpoint"]?.stringValue
            var result = GenerationResult(
                request: request,
                strikesCheckpoint: override.map { name in
                    state.withLock { $0.shelf.model(named: name) == nil }
                } ?? false,
                model: model,
                sampler: SamplerChoice(
                    samplerName: request.text("sampler_name") ?? request.text("sampler_index"),
                    schedulerName: request.text("scheduler")
                ),
                seed: Self.resolve(request.fields["seed"]),
                subseed: Self.resolve(request.fields["subseed"]),
                jobTimestamp: timestamp
            )
            journal.change(record) { $0.seed = result.seed.description }
            try await sample(&result, record: record, disturbance: disturbance)
            // One step under the lock, so that nobody sees the task ended while its job still shows.
            state.withLock { state in
                state.tasks.finish(taskID)
                state.progress.end()
            }
            journal.end(record)
            return result
        } catch {
            // The task is not ended here; that is Forge's gap, see `TaskBook`.
            state.withLock { $0.progress.end() }
            let exception = error as? ForgeException
            journal.end(record, failure: exception.map { "\($0.name): \($0.message)" } ?? "cancelled")
            throw error
        }
    }

    /// -1 and null mean any; other negative numbers are taken as they are.
    private static func resolve(_ seed: JSONValue?) -> Int128 {
        guard let value = seed?.intValue, value != -1 else { return Int128(UInt32.random(in: 0...UInt32.max)) }
        return value
    }

    private func sample(_ result: inout GenerationResult, record: Int, disturbance: Disturbance) async throws {
        let request = result.request
        let passes = request.passes
        state.withLock { $0.progress.setJobCount(request.iterations * passes.count) }
        for iteration in 0..<request.iterations {
            let goesOn = state.withLock { state in
                state.progress.clearSkip()
                guard !state.progress.interrupted else { return false }
                if request.iterations > 1 {
                    state.progress.setJob("Batch \(iteration + 1) out of \(request.iterations)")
                }
                return true
            }
            guard goesOn else { break }
            var done = 0
            var size = request.baseSize
            for (number, steps) in passes.enumerated() {
                if number > 0 {
                    // The second pass of hires: not begun once interrupted, but skipped like any other.
                    if let refusal = request.refusalAfterFirstPass() { throw refusal }
                    guard !state.withLock(\.progress.interrupted) else { break }
                    state.withLock { $0.progress.nextJob() }
                    size = request.finalSize
                }
                done += try await samplePass(steps, of: request, record: record, disturbance: disturbance)
            }
            try await sleep(configuration.decodeTime)
            for place in 0..<request.batchSize {
                let index = iteration * request.batchSize + place
                result.pictures.append(.init(index: index, size: size, stepsDone: done))
            }
            state.withLock { $0.progress.nextJob() }
        }
        let (interrupted, count) = (state.withLock(\.progress.interrupted), result.pictures.count)
        journal.change(record) { record in
            record.interrupted = interrupted && record.stepsDone < record.stepsAsked
            record.pictures = count
        }
    }

    /// - Returns: The steps really done.
    private func samplePass(
        _ steps: Int,
        of request: GenerationRequest,
        record: Int,
        disturbance: Disturbance
    ) async throws -> Int {
        state.withLock { $0.progress.beginSampling(steps: steps) }
        if let refusal = request.refusalOfSampling(pixelLimit: configuration.pixelLimit) { throw refusal }
        for step in 0..<steps {
            // Forge looks at its flags once a step, before the model is called.
            let (interrupted, skipped) = state.withLock { ($0.progress.interrupted, $0.progress.skipped) }
            if interrupted || skipped {
                if skipped { journal.change(record) { $0.skips += 1 } }
                return step
            }
            if step == steps / 2 { disturbance.midway?() }
            try await sleep(configuration.stepTime)
            state.withLock { $0.progress.finishStep(step) }
            journal.change(record) { $0.stepsDone += 1 }
            if disturbance.runsOutOfMemory { throw Self.outOfMemory }
        }
        return steps
    }

    static let outOfMemory = ForgeException(
        "OutOfMemoryError",
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.78 GiB of which "
            + "1.12 GiB is free. Of the allocated memory 5.31 GiB is allocated by PyTorch, and 214.03 MiB is "
            + "reserved by PyTorch but unallocated."
    )

    private func encode(_ result: GenerationResult) async throws -> HTTPResponse {
        guard result.request.flag("send_images") else { return result.response(images: []) }
        let format = try state.withLock { state throws(ForgeException) in try state.options.pictureFormat() }
        guard let format = PictureFormat(option: format) else { return .detail(500, "Invalid image format") }
        return try await draw { [padding] in
            result.response(images: result.placeholders.map { $0.file(format: format, padding: padding) })
        }
    }

    /// Runs `work` on a thread that may block: pictures would hold up an event loop or the cooperative pool.
    func draw<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}
