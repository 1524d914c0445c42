internal import BenchSupport
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// Many jobs at once, and who else wants to write meanwhile.
enum BulkScenarios {
    static let cancel = Scenario(number: 13, name: "bulk cancel") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("13.db"), isWorking: false)
        let floor = try FloorFile(try await bench.newDatabase("13-floor.db"))
        // Others have submitted what each of the two cancels: neither has the pages at hand.
        let filled = try FloorFile(worker.path)
        let filledFloor = try FloorFile(floor.path)
        let count = bench.pick(10_000, quick: 500)
        let body =
            #"{"failure":{"code":"cancelled","message":"Cancelled."},"prompt":"\#(JobTexts.prompt.prefix(100))","status":"error"}"#
        func cancelRaw() throws {
            try floor.cancel(
                owner: JobTexts.owner,
                content: "[IMAGE_ERROR] Cancelled.",
                patch:
                    #"{"error":"Cancelled.","error_code":"cancelled","queue_position":null,"status":"error"}"#,
                body: body
            )
        }
        let all = JobFilter(owner: Owner(rawValue: JobTexts.owner))
        for file in [filled, filledFloor] { try file.submit(bench.texts, count: 20, per: 20) }
        try await Rows.check(
            calls: 20,
            library: (worker.path, { _ = try await worker.queue.cancel(matching: all) }),
            floor: (floor.path, { try cancelRaw() })
        )
        var waits: [Figure.Run] = []
        let runs = try await bench.interleaved {
            try filled.submit(bench.texts, count: count, per: 1_000)
            var taken = 0.0
            waits.append(
                .init(
                    value: try await worstWait(of: worker.queue) {
                        taken = try await time {
                            let outcomes = try await worker.queue.cancel(matching: all)
                            guard outcomes.count == count else { throw Failure("\(outcomes.count) cancelled") }
                        }
                    } * 1e3
                )
            )
            return taken * 1e3
        } floor: {
            try filledFloor.submit(bench.texts, count: count, per: 1_000)
            return try await time { try cancelRaw() } * 1e3
        }
        await worker.store.close()
        return [
            Figure(13, "cancelling 10,000 queued", unit: "ms", reference: "≤ 1.5 × raw · raw about 300", runs: runs),
            Figure(13, "a submit's worst wait meanwhile", unit: "ms", reference: "≤ 50", runs: waits),
        ]
    }

    static let prune = Scenario(number: 13, name: "prune") { bench in
        let count = bench.pick(100_000, quick: 2_000)
        let source = try await BigFile(kind: .finished, count: count).path(bench)
        func check(_ path: String, _ wanted: Int, _ when: String) throws {
            let found = try FloorFile(path).integer("SELECT count(*) FROM jobs WHERE owner <> 'another'")
            guard found == wanted else { throw Failure("\(path) held \(found) jobs \(when), not \(wanted)") }
        }
        var waits: [Figure.Run] = []
        let runs = try await bench.interleaved(5) {
            let path = try copy(source, to: bench.file("13-prune.db"))
            try check(path, count, "before")
            let worker = try await BenchWorker(path: path, isWorking: false)
            var taken = 0.0
            waits.append(
                .init(
                    value: try await worstWait(of: worker.queue) {
                        taken = try await time {
                            while try await worker.store.prune(olderThan: .zero, limit: Self.chunk) {}
                        }
                    } * 1e3
                )
            )
            await worker.store.close()
            try check(path, 0, "after")
            return taken * 1e3
        } floor: {
            let file = try FloorFile(copy(source, to: bench.file("13-prune-floor.db")))
            try check(file.path, count, "before")
            let taken = try await time { try pruneRaw(file) } * 1e3
            try check(file.path, 0, "after")
            return taken
        }
        return [
            Figure(13, "pruning 100,000 finished", unit: "ms", reference: "≤ 1.5 × raw", runs: runs),
            Figure(13, "a submit's worst wait meanwhile, pruning", unit: "ms", reference: "≤ 25", runs: waits),
        ]
    }

    /// What the worker takes at a time.
    private static let chunk = 200

    private static func pruneRaw(_ file: FloorFile) throws {
        while file.integer("SELECT 1 FROM events LIMIT 1") == 1 {
            try file.run(
                """
                BEGIN IMMEDIATE;
                DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs INDEXED BY jobs_by_end
                    WHERE finished_at IS NOT NULL ORDER BY finished_at LIMIT \(chunk));
                DELETE FROM events WHERE seq IN (SELECT seq FROM events ORDER BY seq LIMIT \(chunk));
                COMMIT;
                PRAGMA synchronous = NORMAL;
                PRAGMA incremental_vacuum(256);
                PRAGMA synchronous = FULL;
                """
            )
        }
    }

    private static func copy(_ source: String, to path: String) throws -> String {
        for suffix in ["", "-wal", "-shm", "-bell"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        try FileManager.default.copyItem(atPath: source, toPath: path)
        // What the copy left to be written would be waited for by the first checkpoint.
        try synchronize(path)
        return path
    }

    /// The longest that a lone submitter waited while `body` ran, in seconds.
    private static func worstWait(of queue: ImageQueue, during body: () async throws -> Void) async throws -> Double {
        try await withThrowingTaskGroup(of: Double.self) { group in
            group.addTask {
                let submission = JobTexts.submission(owner: "another")
                var worst = 0.0
                while !Task.isCancelled {
                    worst = max(worst, try await time { _ = try await queue.submit(submission) })
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return worst
            }
            try await body()
            group.cancelAll()
            return try await group.next() ?? 0
        }
    }
}
