internal import BenchSupport
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// Several processes on one file.
enum ProcessScenarios {
    static let waking = Scenario(number: 8, name: "waking a worker in another process") { bench in
        let path = try await bench.newDatabase("8.db")
        let submitter = try await BenchWorker(path: path, isWorking: false)
        let sleeper = try Peer(bench.program, ["role", "sleeper", path, bench.file("8-images")])
        _ = try sleeper.numbers()
        var half: [Figure.Run] = []
        var tail: [Figure.Run] = []
        for _ in 0..<bench.runs {
            var waits: [Double] = []
            for _ in 0..<bench.pick(100, quick: 5) {
                // Until it sleeps again, and not in step with anything.
                try await Task.sleep(for: .milliseconds(Double.random(in: 15...35)))
                _ = try await submitter.queue.submit(JobTexts.submission())
                let committed = machineTime()
                let claimed = try sleeper.numbers()
                waits.append(((claimed.first ?? 0) - committed) * 1e3)
            }
            half.append(.init(value: Samples(waits).median))
            tail.append(.init(value: Samples(waits).quantile(0.99)))
        }
        var idle: [Figure.Run] = []
        for _ in 0..<5 {
            try await Task.sleep(for: .milliseconds(300))
            let before = sleeper.processorTime
            let seconds = try await time { try await Task.sleep(for: .seconds(Double(bench.pick(6, quick: 1)))) }
            idle.append(.init(value: (sleeper.processorTime - before) / seconds * 100))
        }
        sleeper.end()
        await submitter.store.close()
        return [
            Figure(
                8,
                "commit to claim elsewhere, p50",
                unit: "ms",
                reference: "≤ 1 · raw 0.43, prototype 0.7",
                runs: half
            ),
            Figure(8, "commit to claim elsewhere, p99", unit: "ms", reference: "≤ 3 · prototype 1.5", runs: tail),
            Figure(8, "an idle worker's share of a core", unit: "%", reference: "≤ 0.1 · prototype 0.06", runs: idle),
        ]
    }

    static let load = Scenario(number: 9, name: "two submit and two work") { bench in
        let seconds = bench.isQuick ? "1" : "10"
        var worst: [Figure.Run] = []
        var together: [Figure.Run] = []
        func total(_ roles: [String], callers: Int, _ name: String) async throws -> (rate: Double, worst: Double) {
            let path = try await bench.newDatabase("9-\(name).db")
            try FloorFile(path).submit(bench.texts, count: bench.pick(60_000, quick: 3_000), per: 1_000)
            let peers = try roles.map { try Peer(bench.program, ["role", "load", path, $0, "\(callers)", seconds]) }
            for peer in peers { _ = try peer.numbers() }
            for peer in peers { peer.say("go") }
            let numbers = try peers.map { try $0.numbers() }
            for peer in peers { peer.end() }
            for suffix in ["", "-wal", "-shm", "-bell"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            let count = numbers.reduce(0) { $0 + ($1.first ?? 0) }
            return (count / (Double(seconds) ?? 1), numbers.map { $0.last ?? 0 }.max() ?? 0)
        }
        // Whom four processes are compared with does one thing after the other, as each of them does. The same four callers
        // within one process share commits, which processes can't.
        let runs = try await bench.interleaved(5) {
            let found = try await total(["submit", "submit", "work", "work"], callers: 1, "four")
            worst.append(.init(value: found.worst * 1e3))
            together.append(.init(value: found.rate, floor: try await total(["both"], callers: 2, "group").rate))
            return found.rate
        } floor: {
            try await total(["alternate"], callers: 1, "one").rate
        }
        return [
            Figure(
                9,
                "four processes flat out against one that submits and works in turn",
                unit: "jobs/s",
                reference: "≥ 0.8 · prototype 0.85–0.96",
                runs: runs
            ),
            Figure(
                9,
                "four processes flat out, worst single wait",
                unit: "ms",
                reference: "≤ 150 · prototype 78, SQLite's own 1,500",
                runs: worst
            ),
            Figure(
                9,
                "four processes against the same four callers in one",
                unit: "jobs/s",
                reference: "",
                runs: together
            ),
        ]
    }
}
