internal import BenchSupport
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// Submitting: one caller, many at once, an array.
enum SubmitScenarios {
    static let lone = Scenario(number: 1, name: "submit, one caller") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("1.db"), isWorking: false)
        let floor = try FloorFile(try await bench.newDatabase("1-floor.db"))
        let count = bench.pick(400, quick: 50)
        let submission = JobTexts.submission()
        try await Rows.check(
            calls: 20,
            library: (worker.path, { for _ in 0..<20 { _ = try await worker.queue.submit(submission) } }),
            floor: (floor.path, { try floor.submit(bench.texts, count: 20) })
        )
        let runs = try await bench.interleaved(bench.pick(15, quick: 5)) {
            let seconds = try await time {
                for _ in 0..<count { _ = try await worker.queue.submit(submission) }
            }
            return Double(count) / seconds
        } floor: {
            Double(count) / (try await time { try floor.submit(bench.texts, count: count) })
        }
        let bare = try FloorFile(try await bench.newDatabase("1-bare.db"), checkpointPages: 0)
        let uncopied = try await bench.interleaved {
            let seconds = try await time {
                for _ in 0..<count { _ = try await worker.queue.submit(submission) }
            }
            return Double(count) / seconds
        } floor: {
            let seconds = try bare.withoutCopying(parts: count / 50) { try bare.submit(bench.texts, count: 50) }
            return Double(count) / seconds
        }
        await worker.close()
        return [
            Figure(
                1,
                "submit, one caller",
                unit: "jobs/s",
                reference: "≥ 0.75, aim 0.85 · floor 4,051, prototype 0.76",
                runs: runs
            ),
            Figure(
                1,
                "submit, one caller; the floor's copying of its log not counted",
                unit: "jobs/s",
                reference: "",
                runs: uncopied
            ),
        ]
    }

    static let concurrent = Scenario(number: 2, name: "submit, 64 callers") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("2.db"), isWorking: false)
        let floor = try FloorFile(try await bench.newDatabase("2-floor.db"))
        let count = bench.pick(100, quick: 10)
        let base = bench.pick(800, quick: 100)
        let waits = Waits()
        let runs = try await bench.interleaved {
            let seconds = try await time {
                try await withThrowingTaskGroup(of: [Double].self) { group in
                    for caller in 0..<64 {
                        group.addTask {
                            let submission = JobTexts.submission(owner: "owner \(caller)")
                            var times: [Double] = []
                            for _ in 0..<count {
                                times.append(try await time { _ = try await worker.queue.submit(submission) })
                            }
                            return times
                        }
                    }
                    var all: [Double] = []
                    for try await times in group { all += times }
                    waits.runs.append(.init(value: Samples(all).quantile(0.99) * 1_000))
                }
            }
            return Double(64 * count) / seconds
        } floor: {
            Double(base) / (try await time { try floor.submit(bench.texts, count: base) })
        }
        await worker.close()
        return [
            Figure(
                2,
                "submit, 64 callers",
                unit: "jobs/s",
                reference: "≥ 5 × one at a time, aim 7 · floor 4,051, prototype 6.2",
                runs: runs
            ),
            Figure(
                2,
                "submit, 64 callers, p99",
                unit: "ms",
                reference: "≤ 15, aim 10 · prototype 7–12",
                runs: waits.runs
            ),
        ]
    }

    static let array = Scenario(number: 3, name: "submit, an array of 1,000") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("3.db"), isWorking: false)
        let floor = try FloorFile(try await bench.newDatabase("3-floor.db"))
        let rounds = bench.pick(5, quick: 1)
        let submissions = [_](repeating: JobTexts.submission(), count: 1_000)
        let runs = try await bench.interleaved {
            let seconds = try await time {
                for _ in 0..<rounds { _ = try await worker.queue.submit(submissions) }
            }
            return Double(rounds * 1_000) / seconds
        } floor: {
            Double(rounds * 1_000)
                / (try await time { try floor.submit(bench.texts, count: rounds * 1_000, per: 1_000) })
        }
        let bare = try FloorFile(try await bench.newDatabase("3-bare.db"), checkpointPages: 0)
        let uncopied = try await bench.interleaved {
            let seconds = try await time {
                for _ in 0..<rounds { _ = try await worker.queue.submit(submissions) }
            }
            return Double(rounds * 1_000) / seconds
        } floor: {
            let seconds = try bare.withoutCopying(parts: rounds) {
                try bare.submit(bench.texts, count: 1_000, per: 1_000)
            }
            return Double(rounds * 1_000) / seconds
        }
        await worker.close()
        return [
            Figure(
                3,
                "submit, an array of 1,000",
                unit: "jobs/s",
                reference: "≥ 0.6, aim 0.8 · floor 95,556 with bare rows, prototype 0.74",
                runs: runs
            ),
            Figure(
                3,
                "submit, an array of 1,000; the floor's copying of its log not counted",
                unit: "jobs/s",
                reference: "",
                runs: uncopied
            ),
        ]
    }
}

/// Gathers runs out of a closure.
final class Waits {
    var runs: [Figure.Run] = []
}
