internal import ImageQueueCore

extension StoreLaw {
    static let pruningLaws = [prunedIsRemembered, urlsByTemplate, prunedLog, datedAhead, pruneInParts]

    private static let prunedIsRemembered = StoreLaw("pruning: a job that was removed is told by its message") { sut in
        let worker = try await sut.worker()
        let complete = try await sut.submit("complete", owner: "a")
        let claimed = try await worker.take()
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let cancelled = try await sut.submit("cancelled", owner: "a")
        _ = try await sut.store.cancel(cancelled.jobID, mode: .now, as: .operator)
        let waiting = try await sut.submit("waiting", owner: "a")
        sut.clock.advance(by: .seconds(3_600))
        let young = try await sut.submit("young", owner: "a")
        _ = try await sut.store.cancel(young.jobID, mode: .now, as: .operator)
        let before = try await sut.job(complete.jobID)

        try expect(try await sut.store.prune(olderThan: .seconds(60), limit: 100) == false, "nothing is left to prune")

        let listed = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs
        try expectEqual(listed.map(\.id), [young.jobID, waiting.jobID], "the jobs that are kept")
        let told = try await sut.job(complete.jobID)
        try expectEqual(told.state, .complete, "the removed job's state")
        try expectEqual(told.images, before.images, "its pictures")
        try expectEqual(told.imageURLs, before.imageURLs, "their URLs")
        try expectEqual(told.messageID, before.messageID, "its message")
        try expectEqual(told.metadata, before.metadata, "its metadata")
        try expectEqual(told.createdAt, before.createdAt, "its submission")
        let cancel = try await sut.store.cancel(complete.jobID, mode: .now, as: .operator)
        try expectEqual(cancel, .alreadyEnded(.complete), "what its cancel says")
        let other = Requester.owner(Owner(rawValue: "b"))
        let hidden = try await sut.store.cancel(complete.jobID, mode: .now, as: other)
        try expectEqual(hidden, .notFound, "what a stranger's cancel says")
        try expectEqual(try await sut.job(cancelled.jobID).failure, .cancelled, "the cancelled one's failure")
        try expectEqual(try await sut.job(cancelled.jobID).state, .cancelled, "the cancelled one's state")
        let stranger = Requester.owner(Owner(rawValue: "b"))
        try expect(try await sut.store.job(complete.jobID, as: stranger) == nil, "a stranger is told nothing")
        try expectEqual(try await sut.job(waiting.jobID).position, 1, "what waits stays")
        try expectEqual(try await worker.take().job.id, waiting.jobID, "and is drawn")
    }

    private static let urlsByTemplate = StoreLaw(
        "pruning: a picture's URL is made as the store was told to, wherever it is told, also of a removed job",
        settings: StoreSettings(
            imageURLTemplate: (try? ImageURLTemplate("https://cdn.example/{path}?small")) ?? .standard
        )
    ) { sut in
        let worker = try await sut.worker()
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await worker.take()
        let urls = [0, 1].map { "https://cdn.example/\(claimed.picture($0).path)?small" }
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        await recorder.wait { $0.contains { $0.progress.contains { $0.imageURLs == [urls[0]] } } }
        try await worker.settle(claimed, .complete([claimed.picture(1)]))
        let last = try unwrap(try await sut.events(of: receipt.jobID).last, "an event")
        try expectEqual(last.imageURLs, urls, "in the event of its end")
        try expectEqual(try await sut.job(receipt.jobID).imageURLs, urls, "in the job")
        let message = try await sut.message(receipt.messageID)
        try expectEqual(message.metadata["image_urls"], .array(urls.map { .string($0) }), "in its message")
        sut.clock.advance(by: .seconds(3_600))
        _ = try await sut.store.prune(olderThan: .seconds(60), limit: 100)
        let listed = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs
        try expectEqual(listed, [], "the jobs that are kept")
        try expectEqual(try await sut.job(receipt.jobID).imageURLs, urls, "in the removed job")
    }

    private static let prunedLog = StoreLaw("pruning: a place before what is kept of the log is not known") { sut in
        let start = try await sut.cursor()
        let old = try await sut.submit()
        _ = try await sut.store.cancel(old.jobID, mode: .now, as: .operator)
        let middle = try await sut.cursor()
        sut.clock.advance(by: .seconds(3_600))
        let young = try await sut.submit()
        _ = try await sut.store.prune(olderThan: .seconds(60), limit: 100)
        let lost = try await sut.store.events(after: start, matching: JobFilter(), as: .operator, limit: 10)
        try expect(lost == nil, "a place before the pruned events")
        let kept = try await sut.events(after: middle)
        try expectEqual(kept.map(\.jobID), [young.jobID], "what follows the pruned events")
        try await sut.submit()
        try expectEqual(try await sut.cursor().sequence, middle.sequence + 2, "numbers go on")
    }

    private static let datedAhead = StoreLaw("pruning: what is dated ahead holds up nothing, and takes nothing along") {
        sut in
        let days = Duration.seconds(86_400)
        let log = try await sut.cursor().log
        /// Prunes, and answers the numbers after a place; `nil` where it is no longer known.
        func kept(after place: Int64) async throws -> [Int64]? {
            while try await sut.store.prune(olderThan: days * 2, limit: 2) {}
            let place = EventCursor(log: log, sequence: place)
            let events = try await sut.store.events(after: place, matching: JobFilter(), as: .operator, limit: 10)
            return events?.map(\.cursor.sequence)
        }
        sut.clock.stepWall(by: days * 10)
        for _ in 0..<3 { try await sut.submit() }
        sut.clock.stepWall(by: days * -10)
        try await sut.submit()
        sut.clock.advance(by: days * 3)
        try await sut.submit()
        try expectEqual(try await kept(after: 4), [5], "what is young")
        try expect(try await kept(after: 3) == nil, "what is old, and what is dated ahead before it, are gone")
        sut.clock.stepWall(by: days * 10)
        try await sut.submit()
        sut.clock.stepWall(by: days * -10)
        try await sut.submit()
        try expectEqual(try await kept(after: 4), [5, 6, 7], "what is young before one that is dated ahead")
        sut.clock.stepWall(by: days * -20)
        try expectEqual(try await kept(after: 4), [5, 6, 7], "all, where it is the clock that is behind")
    }

    private static let pruneInParts = StoreLaw("pruning: a limit is kept, and the answer says whether more is left") {
        sut in
        for _ in 0..<10 { try await sut.submit() }
        _ = try await sut.store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        sut.clock.advance(by: .seconds(3_600))
        try expect(try await sut.store.prune(olderThan: .seconds(60), limit: 4), "more is left")
        let left = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 100).jobs
        try expectEqual(left.count, 6, "jobs after one part")
        var rounds = 1
        while try await sut.store.prune(olderThan: .seconds(60), limit: 4) {
            rounds += 1
            try expect(rounds < 20, "pruning comes to an end")
        }
        let rest = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 100).jobs
        try expectEqual(rest, [], "jobs after all parts")
    }
}
