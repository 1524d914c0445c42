internal import Logging

/// What a worker does for the queue as a whole, beside its drawing: removes the files that dead attempts left, and what
/// is older than it is to be kept.
struct Housekeeping {
    let worker: ImageWorker

    /// How many rows one transaction takes: no caller waits long behind it.
    private static let chunk = 200
    /// The time between two such transactions.
    private static let breath = Duration.milliseconds(50)

    /// Goes on until cancelled.
    func run() async {
        while !Task.isCancelled {
            await attempt("files of dead attempts could not be removed") { try await removeRemains() }
            await attempt("what is too old could not be removed") { try await prune() }
            try? await worker.clock.sleep(for: worker.configuration.housekeepingInterval)
        }
    }

    private func removeRemains() async throws {
        while !Task.isCancelled {
            let remains = try await worker.store.remains(limit: Self.chunk)
            var failure: (any Error)?
            for attempt in remains {
                do {
                    try await worker.files.removeFiles(
                        ofAttempt: attempt.attempt,
                        job: attempt.job,
                        createdAt: attempt.createdAt,
                        keeping: attempt.keeping
                    )
                } catch {
                    // Another's folder may be well.
                    failure = failure ?? error
                    continue
                }
                try await worker.store.forgetRemains(attempt)
            }
            if let failure { throw failure }
            if remains.count < Self.chunk { return }
        }
    }

    private func prune() async throws {
        guard let age = worker.configuration.retention else { return }
        while try await worker.store.prune(olderThan: age, limit: Self.chunk), !Task.isCancelled {
            try await worker.clock.sleep(for: Self.breath)
        }
    }

    private func attempt(_ failing: Logger.Message, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            if Task.isCancelled { return }
            worker.logger.info(failing, metadata: ["error.message": "\(error)"])
        }
    }
}
