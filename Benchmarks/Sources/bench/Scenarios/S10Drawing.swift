internal import BenchSupport
internal import ForgeClient
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// The whole worker against a simulated Forge.
enum DrawingScenarios {
    static let gap = Scenario(number: 10, name: "the GPU's idle gap") { bench in
        var found: [Figure] = []
        for exclusivity in [ForgeConfiguration.Exclusivity.shared, .exclusive] {
            var half: [Figure.Run] = []
            var share: [Figure.Run] = []
            for number in 0..<5 {
                let (gaps, busy) = try await draw(exclusivity, bench, "10-\(exclusivity)-\(number)")
                half.append(.init(value: Samples(gaps).median))
                share.append(.init(value: busy * 100))
            }
            let reference =
                exclusivity == .shared
                ? "≤ 6, aim 3 · prototype 5–6.5, NIO 2–3; one after the other 23" : "the same without the look"
            found += [
                Figure(10, "gap between pictures, \(exclusivity), p50", unit: "ms", reference: reference, runs: half),
                Figure(10, "GPU busy, \(exclusivity)", unit: "%", reference: "≥ 88, aim 93", runs: share),
            ]
        }
        return found
    }

    private static func draw(
        _ exclusivity: ForgeConfiguration.Exclusivity,
        _ bench: Bench,
        _ name: String
    ) async throws -> (gaps: [Double], busy: Double) {
        let path = try await bench.newDatabase(name + ".db")
        let count = bench.pick(60, quick: 10)
        let simulator = try Peer(bench.program, ["role", "simulator", "50", "1500000"])
        let port = Int(try simulator.numbers().first ?? 0)
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        let queue = ImageQueue(store: store)
        let submission = JobTexts.submission(steps: 1)
        _ = try await queue.submit([_](repeating: submission, count: count))
        var forge = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(port)")
        forge.exclusivity = exclusivity
        var configuration = WorkerConfiguration()
        configuration.stopsWhenDrained = true
        let images = bench.file(name + "-images")
        let files = try DirectoryImageFiles(directory: images)
        let worker = ImageWorker(
            queue: queue,
            backends: [ForgeGenerator(configuration: forge)],
            files: files,
            configuration: configuration
        )
        try await worker.run()
        await files.close()
        await store.close()
        simulator.end(keepingOutput: true)
        var gaps: [Double] = []
        while let gap = try simulator.numbers().first, gap >= 0 || gap < -1 { gaps.append(gap) }
        let busy = try simulator.numbers().first ?? 0
        guard gaps.count == count - 1 else { throw Failure("\(gaps.count) gaps, not \(count - 1)") }
        try? FileManager.default.removeItem(atPath: images)
        return (gaps, busy)
    }

    static let memory = Scenario(number: 12, name: "a worker's memory") { bench in
        var peaks: [Figure.Run] = []
        var growth: [Figure.Run] = []
        for number in 0..<5 {
            let path = try await bench.newDatabase("12-\(number).db")
            let images = bench.file("12-images-\(number)")
            let count = bench.pick(1_000, quick: 20)
            let simulator = try Peer(bench.program, ["role", "simulator", "1", "1500000"])
            let port = Int(try simulator.numbers().first ?? 0)
            let submitter = try await BenchWorker(path: path, isWorking: false)
            let submission = JobTexts.submission(steps: 1)
            _ = try await submitter.queue.submit([_](repeating: submission, count: count))
            let worker = try Peer(
                bench.iqctl,
                [
                    "worker", "--drain", "--database", path, "--image-directory", images, "--forge",
                    "http://127.0.0.1:\(port)", "--log-level", "error",
                ]
            )
            let file = try FloorFile(path)
            var peak = 0.0
            var early = 0.0
            while worker.process.isRunning {
                peak = max(peak, worker.mebibytes("VmHWM") ?? 0)
                let done = file.integer("SELECT n FROM counters WHERE owner = char(1) AND state = 3")
                if done >= count / 5, early == 0 { early = peak }
                try await Task.sleep(for: .milliseconds(20))
            }
            let done = file.integer("SELECT count(*) FROM images")
            guard done == count else { throw Failure("\(done) pictures, not \(count)") }
            peaks.append(.init(value: peak))
            growth.append(.init(value: peak - early))
            simulator.end()
            await submitter.store.close()
            try? FileManager.default.removeItem(atPath: images)
        }
        return [
            Figure(
                12,
                "a worker's peak over 1,000 pictures of 1.5 MB",
                unit: "MiB",
                reference: "≤ 64, aim 45 · prototype 59, one arena 39",
                runs: peaks
            ),
            Figure(12, "its peak's growth after the first 200", unit: "MiB", reference: "≤ 5", runs: growth),
        ]
    }
}
