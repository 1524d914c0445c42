internal import BenchSupport
internal import Foundation
internal import ImageQueueCore

/// Submits or works flat out for a while: says how many jobs were done, and the worst wait of a call in seconds.
enum LoadRole {
    static func run(database: String, role: String, callers: String, seconds: String) async throws {
        guard let callers = Int(callers), let seconds = Double(seconds) else { throw Failure("load takes numbers") }
        var kinds: [String] = []
        if role != "work" { kinds += [_](repeating: "submit", count: callers) }
        if role != "submit" { kinds += [_](repeating: "work", count: callers) }
        if role == "alternate" { kinds = ["alternate"] }
        var workers: [BenchWorker] = []
        // Opened before the clock runs; a store of its own for each worker would be another process's share.
        let first = try await BenchWorker(path: database, name: "0")
        workers.append(first)
        Role.say(0)
        guard readLine() != nil else { return }
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        let total = try await withThrowingTaskGroup(of: (Int, Double).self) { group in
            for (number, kind) in kinds.enumerated() {
                group.addTask { try await flatOut(first, kind, "\(number)", until: end) }
            }
            return try await group.reduce(into: (0, 0.0)) { $0 = ($0.0 + $1.0, max($0.1, $1.1)) }
        }
        Role.say(Double(total.0), total.1)
        await first.close()
    }

    private static func flatOut(
        _ worker: BenchWorker,
        _ kind: String,
        _ name: String,
        until end: ContinuousClock.Instant
    ) async throws -> (Int, Double) {
        let submission = JobTexts.submission(owner: "owner \(name)")
        var count = 0
        var worst = 0.0
        var held: ClaimedJob?
        if kind != "submit" { held = try await worker.claimed() }
        while ContinuousClock.now < end {
            if kind != "work" {
                worst = max(worst, try await time { _ = try await worker.queue.submit(submission) })
                count += 1
            }
            if let job = held {
                worst = max(
                    worst,
                    try await time { held = try await worker.complete(job.lease, then: worker.claim).next }
                )
                count += 1
                if held == nil { worst = max(worst, try await time { held = try await worker.claimed() }) }
            }
        }
        return (count, worst)
    }
}
