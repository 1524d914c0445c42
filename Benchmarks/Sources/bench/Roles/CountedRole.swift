internal import ImageQueueCore

/// Does one thing a number of times, for `valgrind`: what it costs is the difference of two counts.
enum CountedRole {
    static func run(folder: String, verb: String, count: String) async throws {
        guard let count = Int(count) else { throw Failure("a number, please") }
        let worker = try await BenchWorker(path: folder + "/\(verb)-\(count).db")
        // As many jobs for each count, so that only the verb's own work differs.
        let cancelled = "another"
        let jobs = (0..<300).map { number in
            JobTexts.submission(owner: verb == "cancel" && number < count ? cancelled : JobTexts.owner)
        }
        _ = try await worker.queue.submit(jobs)
        switch verb {
        case "submit":
            for _ in 0..<count { _ = try await worker.queue.submit(JobTexts.submission()) }
        case "claim":
            for _ in 0..<count { _ = try await worker.claimed() }
        case "complete":
            var held: [Lease] = []
            for _ in 0..<jobs.count { held.append(try await worker.claimed().lease) }
            for lease in held.prefix(count) { try await worker.complete(lease) }
        case "pair":
            for _ in 0..<count { try await worker.completeOne() }
        case "cycle":
            try await worker.cycle(count: count)
        case "cancel":
            _ = try await worker.queue.cancel(matching: JobFilter(owner: Owner(rawValue: cancelled)))
        case "event":
            let store = PublishingStore()
            let queue = ImageQueue(store: store)
            let watch = try await queue.events(matching: JobFilter())
            var events = watch.makeAsyncIterator()
            for number in 0..<count {
                store.publish(number + 1)
                _ = try await events.next()
            }
        default: throw Failure("no such verb: \(verb)")
        }
        await worker.close()
    }
}
