internal import ForgeSimulator
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

extension SubmitOptions {
    /// To be called before anything else.
    func settle() {
        forge.settleProxy()
        output.log.bootstrap()
    }

    /// Puts jobs into the queue, and waits for them unless told not to.
    ///
    /// - Throws: what is wrong with a submission, before a file is made; how the jobs ended.
    func run(_ submissions: [Submission]) async throws {
        for submission in submissions { try submission.validate() }
        if detach {
            try await store.with { try await detach(submissions, in: $0) }
        } else if simulate {
            try await withSimulator(submissions)
        } else {
            let generators = try forge.generators()
            try await store.with { try await wait(for: submissions, in: $0, .workers(orElse: generators)) }
        }
    }

    private func detach(_ submissions: [Submission], in store: SQLiteJobStore) async throws {
        let queue = ImageQueue(store: store)
        let receipts = try await queue.submit(submissions)
        try await ReceiptPrinter(isJSON: output.json).print(receipts, of: queue)
    }

    private func withSimulator(_ submissions: [Submission]) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(stepTime ?? 100)
        try await ForgeSimulator.withServer(configuration) { simulator in
            let url = simulator.baseURL
            Console.shared.note("Drawing a placeholder with a simulated Forge at \(url.absoluteString)")
            let generator = try ForgeOptions.generator(simulatedAt: url)
            try await store.with { try await wait(for: submissions, in: $0, .simulator(generator)) }
        }
    }

    private func wait(
        for submissions: [Submission],
        in store: SQLiteJobStore,
        _ drawing: SubmitRun.Drawing
    ) async throws {
        let files = try self.store.files()
        var run = SubmitRun(
            submissions,
            queue: ImageQueue(store: store),
            files: files,
            drawing: drawing,
            timeout: timeout.flatMap { Duration(typedSeconds: $0) }
        )
        switch await run.run() {
        case .ended(let jobs):
            for job in jobs {
                if output.json {
                    try JobPrinter(files: files, isJSON: true).printWhole(job)
                } else {
                    for image in job.images {
                        try Console.shared.print(files.location(ofPath: image.path).path(percentEncoded: false))
                    }
                }
            }
            try Self.judge(jobs)
        case .left(let ids, let failure):
            for id in ids {
                if output.json, let job = try? await store.job(id, as: .operator) {
                    try JobPrinter(files: files, isJSON: true).printWhole(job)
                }
            }
            throw failure
        case .broken(let error):
            throw error
        }
    }

    /// Tells of each job that failed, and exits as the worst of them does.
    private static func judge(_ jobs: [Job]) throws {
        let worst = jobs.map(\.state.exitStatus).max() ?? .complete
        guard worst != .complete else { return }
        let failed = jobs.filter { $0.state == .failed }
        for job in failed.dropLast() { Console.shared.complain(complaint(of: job)) }
        throw CommandFailure(worst, failed.last.map(complaint))
    }

    private static func complaint(of job: Job) -> String {
        "The job failed: \(job.failure?.message ?? "for no known reason")"
    }
}

extension JobState {
    /// What a command exits with that waited for a job with this end.
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .complete: .complete
        case .cancelled: .cancelled
        case .scheduled, .queued, .processing, .failed: .failed
        }
    }
}
