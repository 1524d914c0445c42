internal import BenchSupport
internal import Floor
internal import ImageQueueCore
internal import ImageQueueStore

/// Telling watchers.
enum WatchScenarios {
    static let publish = Scenario(number: 11, name: "an event to 1,000 watchers") { bench in
        let count = 1_000
        let store = PublishingStore()
        let queue = ImageQueue(store: store)
        var number = 0
        /// Publishes to a watcher that reads nothing; how much memory it then holds.
        func held(_ delta: (Int) -> StoreDelta) async throws -> [Figure.Run] {
            var runs: [Figure.Run] = []
            // The first only fills what the allocator keeps.
            for run in 0...bench.runs {
                let watch = try await queue.events(matching: JobFilter(owner: Owner(rawValue: "owner")))
                number += 1
                store.publish(number)
                let before = floor_allocated()
                let most = mostHeld(publishing: 10_000, after: number, to: store, delta)
                number += 10_000
                if run > 0 { runs.append(.init(value: Double(most - before) / 1_024)) }
                withExtendedLifetime(watch) {}
            }
            return runs
        }
        let stuck = [
            ("of one job", try await held { store.delta($0) }),
            ("of a job each", try await held { store.ownDelta($0, isProgress: false) }),
            (
                "of a job each and of progress of 100",
                try await held { store.ownDelta($0, isProgress: $0.isMultiple(of: 2)) }
            ),
        ]
        /// Publishes progress to watchers of an owner that nobody reads.
        func told(_ owner: Owner) async throws -> [Figure.Run] {
            var watches: [JobEvents] = []
            for _ in 0..<count { watches.append(try await queue.events(matching: JobFilter(owner: owner))) }
            var runs: [Figure.Run] = []
            for _ in 0..<bench.runs {
                var times: [Double] = []
                for step in 0..<bench.pick(50, quick: 5) {
                    let delta = store.progress(step, after: number)
                    times.append(await time { store.publish(delta) } / Double(count) * 1e6)
                }
                runs.append(.init(value: Samples(times).median))
            }
            withExtendedLifetime(watches) {}
            return runs
        }
        let busy = try await told(Owner(rawValue: "owner"))
        let unconcerned = try await told(Owner(rawValue: "another"))
        var runs: [Figure.Run] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                let watch = try await queue.events(matching: JobFilter(owner: Owner(rawValue: "owner")))
                group.addTask { for try await _ in watch {} }
            }
            for _ in 0..<bench.runs {
                var times: [Double] = []
                for _ in 0..<bench.pick(50, quick: 5) {
                    // All have read the last one and wait.
                    try await Task.sleep(for: .milliseconds(20))
                    number += 1
                    let delta = store.delta(number)
                    times.append(await time { store.publish(delta) } / Double(count) * 1e6)
                }
                runs.append(.init(value: Samples(times).median))
            }
            group.cancelAll()
        }
        return [
            Figure(
                11,
                "publishing, a watcher that waits",
                unit: "µs",
                reference: "≤ 0.5, aim 0.2 · prototype 0.17",
                runs: runs
            ),
            Figure(11, "publishing, a watcher that is busy", unit: "µs", reference: "as above", runs: busy),
            Figure(11, "publishing, a watcher of others' jobs", unit: "µs", reference: "", runs: unconcerned),
        ]
            + stuck.map { name, runs in
                Figure(
                    11,
                    "10,000 events \(name) to a stuck watcher, at most",
                    unit: "KiB",
                    reference: "≤ 64",
                    runs: runs
                )
            }
    }

    /// Looked at after each. Not in an asynchronous function, whose own memory grows meanwhile.
    private static func mostHeld(
        publishing count: Int,
        after last: Int,
        to store: PublishingStore,
        _ delta: (Int) -> StoreDelta
    ) -> Int64 {
        (last + 1...last + count).reduce(0) { most, number in
            store.publish(delta(number))
            return max(most, floor_allocated())
        }
    }
}
