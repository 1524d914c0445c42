internal import ImageQueueCore

extension StoreLaw {
    static let eventLaws = [
        oneFinalEvent, eventTells, eventOrder, replayIsTail, pagedReplay, foreignCursor, eventFilters,
        snapshotContinues, snapshotChoice, snapshotPages, queuedEstimate,
    ]

    private static let oneFinalEvent = StoreLaw("event: exactly one is final, and nothing follows it") { sut in
        let worker = try await sut.worker()
        let complete = try await sut.submit()
        let failed = try await sut.submit()
        let stopped = try await sut.submit()
        let expired = try await sut.submit { $0.deadline = .seconds(1) }
        let waiting = try await sut.submit()
        _ = try await sut.store.cancel(waiting.jobID, mode: .now, as: .operator)
        let first = try await worker.take()
        try await worker.settle(first, .released(after: .zero))
        let again = try await worker.take()
        try await worker.settle(again, .complete([again.picture(0)]))
        try await worker.settle(try await worker.take(), .failed(failure))
        let last = try await worker.take()
        _ = try await sut.store.cancel(stopped.jobID, mode: .now, as: .operator)
        try await worker.settle(last, .stopped(stillDrawing: false))
        sut.clock.advance(by: .seconds(1))
        try expect(try await worker.isIdle(), "all have ended")
        _ = try await sut.store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        try await sut.store.sweep()
        let ends: [(SubmitReceipt, [JobEvent.Kind], String)] = [
            (complete, [.queued, .queued, .complete], ""), (failed, [.queued, .error], "backend_failed"),
            (stopped, [.queued, .error], "cancelled"), (expired, [.queued, .error], "expired"),
            (waiting, [.queued, .error], "cancelled"),
        ]
        for (receipt, kinds, code) in ends {
            let events = try await sut.events(of: receipt.jobID)
            try expectEqual(events.map(\.kind), kinds, "the events of \(code)")
            try expectEqual(events.map(\.isFinal), kinds.map { $0 != .queued }, "which is final")
            try expectEqual(events.last?.failure?.code.rawValue ?? "", code, "the failure")
        }
    }

    private static let eventTells = StoreLaw("event: it tells all that a watcher shows") { sut in
        let worker = try await sut.worker()
        let prompt = String(repeating: "ş", count: 150)
        try await sut.submit("before", owner: "a")
        let receipt = try await sut.submit(prompt, owner: "a") { $0.conversation = ConversationID(rawValue: "c") }
        let queued = try unwrap(try await sut.events(of: receipt.jobID).first, "QUEUED")
        try expectEqual(queued.messageID, receipt.messageID, "the message")
        try expectEqual(queued.conversation.rawValue, "c", "the conversation")
        try expectEqual(queued.owner.rawValue, "a", "the owner")
        try expectEqual(queued.position, 2, "the position")
        try expectEqual(queued.prompt, ImageMessage.excerpt(of: prompt), "the prompt")
        try expectEqual(queued.status, "queued", "the status")
        try expectEqual(queued.attempt, 0, "the attempt")
        try expectEqual(queued.at, sut.clock.wall, "the time")
        _ = try await worker.take()
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(4))
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let complete = try unwrap(try await sut.events(of: receipt.jobID).last, "COMPLETE")
        try expectEqual(complete.progress, 100, "the progress")
        try expectEqual(complete.status, "complete", "the status")
        try expectEqual(complete.imageURLs, ["/images/\(claimed.picture(0).path)"], "the pictures")
        try expectEqual(complete.attempt, 1, "the attempt")
        try expectEqual(complete.at, sut.clock.wall, "the time")
        try expect(complete.failure == nil && complete.position == nil, "nothing else")
        let delayed = try await sut.submit { $0.delay = .seconds(5) }
        let event = try await sut.events(of: delayed.jobID).first
        try expectEqual(event?.status, "queued", "the status of a scheduled job")
        try expectEqual(event?.position, nil, "the position of a scheduled job")
    }

    private static let eventOrder = StoreLaw("event: numbers rise by one in the order of commits") { sut in
        let worker = try await sut.worker()
        for _ in 0..<5 { try await sut.submit() }
        while let claimed = try await worker.claim() { try await worker.settle(claimed, .complete([])) }
        let events = try await sut.events()
        try expectEqual(events.map(\.cursor.sequence), Array(1...10), "the numbers")
        try expectEqual(Set(events.map(\.cursor.log)).count, 1, "one log")
        try expectEqual(try await sut.cursor(), try unwrap(events.last?.cursor, "an event"), "where the log stands")
    }

    private static let replayIsTail = StoreLaw("event: the replay after any place is the log's tail") { sut in
        let worker = try await sut.worker()
        for index in 0..<12 {
            let receipt = try await sut.submit(owner: "\(index % 2)")
            if index % 3 == 0 { _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator) }
            if index % 4 == 0, let claimed = try await worker.claim() {
                try await worker.settle(claimed, .released(after: .zero))
            }
        }
        let all = try await sut.events()
        try expect(all.count > 15, "a log to replay")
        for (index, event) in all.enumerated() {
            let tail = try await sut.events(after: event.cursor)
            try expectEqual(tail, Array(all[(index + 1)...]), "the tail after \(event.cursor)")
        }
    }

    private static let pagedReplay = StoreLaw("event: a limit cuts the replay, oldest first") { sut in
        for _ in 0..<10 { try await sut.submit() }
        let all = try await sut.events()
        var place = EventCursor(log: try await sut.cursor().log, sequence: 0)
        var gathered: [JobEvent] = []
        while true {
            let page = try await sut.store.events(after: place, matching: JobFilter(), as: .operator, limit: 3) ?? []
            try expect(page.count <= 3, "a page's length")
            gathered += page
            guard let last = page.last else { break }
            place = last.cursor
        }
        try expectEqual(gathered, all, "the pages together")
    }

    private static let foreignCursor = StoreLaw("event: a place of another log or in the future is not known") { sut in
        try await sut.submit()
        let now = try await sut.cursor()
        func known(_ cursor: EventCursor) async throws -> Bool {
            try await sut.store.events(after: cursor, matching: JobFilter(), as: .operator, limit: 10) != nil
        }
        try expect(try await known(now), "where the log stands")
        try expect(try await known(EventCursor(log: now.log, sequence: 0)), "the beginning")
        try expect(try await !known(EventCursor(log: now.log, sequence: now.sequence + 1)), "the future")
        try expect(try await !known(EventCursor(log: now.log + "x", sequence: now.sequence)), "another log")
    }

    private static let eventFilters = StoreLaw("event: a filter and the requester's name choose what is replayed") {
        sut in
        let start = try await sut.cursor()
        let conversation = ConversationID(rawValue: "c")
        let mine = try await sut.submit(owner: "a") { $0.conversation = conversation }
        let other = try await sut.submit(owner: "b")
        let batch = try await sut.store.submit(["x", "y"].map { Submission(request: .init(prompt: $0)) })
        let batchID = try unwrap(try await sut.job(batch[0].jobID).batch, "a batch")
        func replay(_ filter: JobFilter, _ requester: Requester = .operator) async throws -> [JobID] {
            let events = try await sut.store.events(after: start, matching: filter, as: requester, limit: 100)
            return (events ?? []).compactMap(\.jobID)
        }
        let owner = Owner(rawValue: "a")
        try expectEqual(try await replay(JobFilter(jobs: [other.jobID])), [other.jobID], "by job")
        try expectEqual(try await replay(JobFilter(owner: owner)), [mine.jobID], "by owner")
        try expectEqual(try await replay(JobFilter(conversation: conversation)), [mine.jobID], "by conversation")
        try expectEqual(try await replay(JobFilter(batch: batchID)), batch.map(\.jobID), "by batch")
        try expectEqual(try await replay(JobFilter(), .owner(owner)), [mine.jobID], "one's own")
        try expectEqual(try await replay(JobFilter(jobs: [other.jobID]), .owner(owner)), [], "somebody else's")
        try expectEqual(try await replay(JobFilter(jobs: [])), [], "no jobs at all")
    }

    private static let snapshotContinues = StoreLaw("event: the log goes on exactly where a snapshot stands") { sut in
        let worker = try await sut.worker()
        let first = try await sut.submit()
        let second = try await sut.submit()
        _ = try await worker.take()
        let snapshot = try await sut.store.snapshot(matching: JobFilter(), as: .operator)
        try expectEqual(snapshot.jobs.map(\.id), [first.jobID, second.jobID], "unfinished jobs, oldest first")
        try expectEqual(snapshot.jobs.map(\.state), [.processing, .queued], "their states")
        try expectEqual(snapshot.jobs.first, try await sut.job(first.jobID), "the job as it is read alone")
        try expectEqual(try await sut.events(after: snapshot.cursor), [], "nothing after it yet")
        _ = try await sut.store.cancel(second.jobID, mode: .now, as: .operator)
        let later = try await sut.events(after: snapshot.cursor)
        try expectEqual(later.map(\.kind), [.error], "what came after")
        let unfinished = try await sut.store.snapshot(matching: JobFilter(), as: .operator).jobs
        try expectEqual(unfinished.map(\.id), [first.jobID], "an ended job is in no snapshot")
    }

    private static let snapshotChoice = StoreLaw("event: a snapshot holds named jobs also when they have ended") {
        sut in
        let ended = try await sut.submit(owner: "a")
        let waiting = try await sut.submit(owner: "b")
        _ = try await sut.store.cancel(ended.jobID, mode: .now, as: .operator)
        func snapshot(_ filter: JobFilter, _ requester: Requester = .operator) async throws -> [JobID] {
            try await sut.store.snapshot(matching: filter, as: requester).jobs.map(\.id)
        }
        let both = JobFilter(jobs: [ended.jobID, waiting.jobID, .make()])
        try expectEqual(try await snapshot(both), [ended.jobID, waiting.jobID], "named jobs")
        try expectEqual(try await snapshot(both, .owner(Owner(rawValue: "b"))), [waiting.jobID], "one's own")
        try expectEqual(try await snapshot(JobFilter(states: [.cancelled])), [ended.jobID], "named states")
        try expectEqual(try await snapshot(JobFilter(owner: Owner(rawValue: "a"))), [], "an owner's unfinished")
    }

    private static let queuedEstimate = StoreLaw("events: QUEUED tells the time until completion as a status does") {
        sut in
        let worker = try await sut.worker()
        let unknown = try await sut.submit()
        try expectEqual(try await sut.events(of: unknown.jobID).first?.estimated, nil, "before any picture was drawn")
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(4))
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let scheduled = try await sut.submit { $0.delay = .seconds(60) }
        try expectEqual(try await sut.events(of: scheduled.jobID).first?.estimated, nil, "without a place in the queue")
        let first = try await sut.submit()
        let second = try await sut.submit()
        for (receipt, wanted) in [(first, Duration.seconds(4)), (second, .seconds(8))] {
            let event = try await sut.events(of: receipt.jobID).first
            try expectEqual(event?.estimated, wanted, "its own drawing and the waiting")
            try expectEqual(try await sut.job(receipt.jobID).estimated, wanted, "a status")
        }
        try await worker.settle(try await worker.take(), .released(after: .zero))
        try expectEqual(try await sut.events(of: first.jobID).last?.estimated, .seconds(4), "given back")
        _ = try await sut.store.cancel(second.jobID, mode: .now, as: .operator)
        try expectEqual(try await sut.events(of: second.jobID).last?.estimated, nil, "an end")
    }

    private static let snapshotPages = StoreLaw("event: a snapshot's pages hold each job once, the newest first") {
        sut in
        var receipts: [SubmitReceipt] = []
        for _ in 0..<7 { receipts.append(try await sut.submit()) }
        _ = try await sut.store.cancel(receipts[3].jobID, mode: .now, as: .operator)
        let wanted = receipts.map(\.jobID).filter { $0 != receipts[3].jobID }
        var pages: [[JobID]] = []
        var token: PageToken?
        repeat {
            let page = try await sut.store.snapshot(matching: JobFilter(), as: .operator, after: token, limit: 2)
            try expectEqual(page.cursor, try await sut.cursor(), "where the page stands")
            pages.append(page.jobs.map(\.id))
            token = page.next
            // What comes after the first page is in no later one.
            try await sut.submit()
        } while token != nil
        try expectEqual(pages, [Array(wanted[4...]), Array(wanted[2..<4]), Array(wanted[..<2])], "the pages")
        let none = try await sut.store.snapshot(matching: JobFilter(jobs: []), as: .operator, after: nil, limit: 1)
        try expectEqual(none.jobs, [], "no jobs at all")
        try expectEqual(none.cursor, try await sut.cursor(), "where the log stands")
    }
}
