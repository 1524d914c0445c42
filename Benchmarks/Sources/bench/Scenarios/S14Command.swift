internal import BenchSupport
internal import Floor
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// The command, from its start to its end.
enum CommandScenarios {
    static let status = Scenario(number: 14, name: "iqctl status") { bench in
        let worker = try await BenchWorker(path: bench.newDatabase("14.db"), isWorking: false)
        let job = try await worker.queue.submit(JobTexts.submission()).jobID.description
        await worker.store.close()
        let path = worker.path
        let rounds = bench.pick(40, quick: 5)
        func wall(_ arguments: [String]) throws -> Double {
            var copies = arguments.map { strdup($0) }
            defer { for copy in copies { free(copy) } }
            copies.append(nil)
            let times = try (0..<rounds).map { _ in
                let taken = floor_spawn(copies)
                guard taken > 0 else { throw Failure("\(arguments.joined(separator: " ")) failed") }
                return Double(taken) / 1e6
            }
            return Samples(times).median
        }
        let runs = try await bench.interleaved {
            try wall([bench.iqctl, "status", job, "--database", path])
        } floor: {
            try wall(["/usr/bin/sqlite3", path, "select 1"])
        }
        return [
            Figure(
                14,
                "iqctl status, whole process",
                unit: "ms",
                reference: "≤ 10 × sqlite3 'select 1', aim 6 · Swift 7.5–15 against 1.9",
                runs: runs
            )
        ]
    }
}
