internal import BenchSupport
internal import ImageQueueCore
internal import ImageQueueStore

/// Claiming and completing.
enum WorkScenarios {
    static let cycle = Scenario(number: 4, name: "claim + complete, one worker") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("4.db"))
        let floor = try FloorFile(try await bench.newDatabase("4-floor.db"))
        let count = bench.pick(200, quick: 60)
        for database in [worker.path, floor.path] {
            try FloorFile(database).submit(bench.texts, count: 30, per: 30)
        }
        try await Rows.check(
            calls: 20,
            library: (worker.path, { for _ in 0..<20 { try await worker.completeOne() } }),
            floor: (floor.path, { try floor.cycle(bench.texts, count: 20) })
        )
        // A loop that does nothing else is at home where the store writes; a task of Swift's pool is measured beside it.
        func runs(on executor: any TaskExecutor) async throws -> [Figure.Run] {
            try await bench.interleaved(bench.pick(15, quick: 5)) {
                _ = try await worker.queue.submit([_](repeating: JobTexts.submission(), count: count))
                return try await withTaskExecutorPreference(executor) {
                    Double(count) / (try await time { try await worker.cycle(count: count) })
                }
            } floor: {
                try floor.submit(bench.texts, count: count, per: count)
                return Double(count) / (try await time { try floor.cycle(bench.texts, count: count) })
            }
        }
        let bare = try FloorFile(try await bench.newDatabase("4-bare.db"), checkpointPages: 0)
        try bare.submit(bench.texts, count: 30, per: 30)
        let uncopied = try await bench.interleaved(bench.pick(15, quick: 5)) {
            _ = try await worker.queue.submit([_](repeating: JobTexts.submission(), count: count))
            return try await withTaskExecutorPreference(worker.store.executor) {
                Double(count) / (try await time { try await worker.cycle(count: count) })
            }
        } floor: {
            try bare.submit(bench.texts, count: count, per: count)
            let seconds = try bare.withoutCopying(parts: count / 20) { try bare.cycle(bench.texts, count: 20) }
            return Double(count) / seconds
        }
        let figures = [
            Figure(
                4,
                "claim + complete, one worker on the store's executor",
                unit: "jobs/s",
                reference: "≥ 1.25 × two transactions, aim 1.5 · floor 2,167, prototype 1.26–1.42; raw, fused 1.93",
                runs: try await runs(on: worker.store.executor)
            ),
            Figure(
                4,
                "claim + complete, one worker on Swift's own threads",
                unit: "jobs/s",
                reference: "",
                runs: try await runs(on: globalConcurrentExecutor)
            ),
            Figure(
                4,
                "claim + complete, one worker on the store's executor; the floor's copying of its log not counted",
                unit: "jobs/s",
                reference: "",
                runs: uncopied
            ),
        ]
        let reports = try await reports(of: worker, bench)
        await worker.close()
        return figures + [
            Figure(4, "a report of progress, one at a time, p50", unit: "ms", reference: "", runs: reports)
        ]
    }

    /// What a drawing costs the writer while it goes on.
    private static func reports(of worker: BenchWorker, _ bench: Bench) async throws -> [Figure.Run] {
        _ = try await worker.queue.submit(JobTexts.submission())
        let job = try await worker.claimed()
        var runs: [Figure.Run] = []
        for _ in 0..<bench.runs {
            var times: [Double] = []
            for step in 0..<bench.pick(200, quick: 20) {
                let progress = JobProgress(fraction: Double(step) / 1_000, picturesDone: 0)
                times.append(try await time { try await worker.store.report(progress, for: job.lease) } * 1e3)
            }
            runs.append(.init(value: Samples(times).median))
        }
        try await worker.complete(job.lease)
        return runs
    }
}
