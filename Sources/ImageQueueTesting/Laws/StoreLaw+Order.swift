internal import ImageQueueCore

extension StoreLaw {
    static let orderLaws = [
        priorityFirst, firstCome, fairToOne, noCredit, exactPositions, raisedOnce, raisedInTurn, scheduledWaitIsNoWait,
        releasedKeepsPlace, retriedKeepsPlace, estimates, dueInTurn,
        placesGivenUp, estimatesByNoWrongClock,
    ]

    private static let priorityFirst = StoreLaw("order: a higher priority goes first") { sut in
        let worker = try await sut.worker()
        let low = try await sut.submit(priority: .low)
        let normal = try await sut.submit(priority: .normal)
        let high = try await sut.submit(priority: .high)
        try expectEqual(high.position, 1, "the position of high")
        try expectEqual(try await sut.job(low.jobID).position, 3, "the position of low")
        for wanted in [high, normal, low] {
            try expectEqual(try await worker.take().job.id, wanted.jobID, "the next job")
        }
    }

    private static let firstCome = StoreLaw("order: an owner's jobs go first come, first served") { sut in
        let worker = try await sut.worker()
        var wanted: [JobID] = []
        for _ in 0..<20 { wanted.append(try await sut.submit(owner: "a").jobID) }
        var found: [JobID] = []
        while let claimed = try await worker.claim() { found.append(claimed.job.id) }
        try expectEqual(found, wanted, "the order")
    }

    private static let fairToOne = StoreLaw("order: one job is not kept waiting by another owner's hundred") { sut in
        let worker = try await sut.worker()
        for _ in 0..<100 { try await sut.submit(owner: "a") }
        let one = try await sut.submit(owner: "b")
        try expectEqual(one.position, 2, "the position of the one")
        try expectEqual(try await worker.take().job.owner.rawValue, "a", "the first")
        try expectEqual(try await worker.take().job.id, one.jobID, "the second")
    }

    private static let dueInTurn = StoreLaw(
        "order: jobs that come due stand in turn with others, not where time has passed"
    ) {
        sut in
        let worker = try await sut.worker()
        for _ in 0..<10 { try await sut.submit(owner: "a") { $0.delay = .seconds(60) } }
        for _ in 0..<15 { try await sut.submit(owner: "b") }
        for _ in 0..<12 { try await worker.settle(try await worker.take(), .complete([])) }
        sut.clock.advance(by: .seconds(60))
        try expectEqual(try await sut.store.sweep(), 10, "jobs that have come due")
        try expectEqual(try await sut.submit(owner: "c").position, 2, "the place of somebody's only job")
    }

    private static let placesGivenUp = StoreLaw("order: places that an owner has given up are held against nobody") {
        sut in
        let worker = try await sut.worker()
        for _ in 0..<20 { try await sut.submit(owner: "a") }
        _ = try await sut.store.cancel(matching: JobFilter(owner: Owner(rawValue: "a")), mode: .now, as: .operator)
        for _ in 0..<10 { try await sut.submit(owner: "b") }
        let only = try await sut.submit(owner: "a")
        try expectEqual(only.position, 3, "the place of his only job: in turn with the others'")
        let second = try await sut.submit(owner: "a")
        try expectEqual(second.position, 5, "and of the next")
        for wanted in ["b", "b", "a", "b", "a", "b"] {
            try expectEqual(try await worker.take().job.owner.rawValue, wanted, "whose turn it is")
        }
    }

    private static let noCredit = StoreLaw("order: who comes late is served in turn and gets no credit") { sut in
        let worker = try await sut.worker()
        for _ in 0..<60 { try await sut.submit(owner: "a") }
        for _ in 0..<40 { _ = try await worker.take() }
        for _ in 0..<20 { try await sut.submit(owner: "b") }
        var owners: [String] = []
        for _ in 0..<20 { owners.append(try await worker.take().job.owner.rawValue) }
        try expect((9...11).contains(owners.filter { $0 == "b" }.count), "both in turn, not \(owners)")
    }

    private static let exactPositions = StoreLaw("order: positions are exact through random submits and claims") {
        sut in
        var model = OrderModel(seed: 7860)
        let worker = try await sut.worker()
        for step in 0..<300 {
            try await model.step(sut, worker)
            try await model.check(sut, "step \(step)")
        }
    }

    private static let raisedOnce = StoreLaw("order: ten minutes of waiting raise a job one priority, once") { sut in
        let worker = try await sut.worker()
        let old = try await sut.submit("old", owner: "a", priority: .low)
        sut.clock.advance(by: .seconds(599))
        let high = try await sut.submit("high", owner: "b", priority: .high)
        for index in 0..<3 { try await sut.submit("normal \(index)", owner: "c") }
        try expectEqual(try await worker.take().job.id, high.jobID, "high goes first")
        try expectEqual(try await sut.job(old.jobID).priority, .low, "before ten minutes")
        sut.clock.advance(by: .seconds(1))
        let second = try await worker.take()
        try expectEqual(second.job.request.prompt, "old", "the raised job goes before normal ones that came later")
        try expectEqual(second.job.priority, .normal, "the raised priority")
        try await worker.settle(second, .released(after: .zero))
        sut.clock.advance(by: .seconds(700))
        _ = try await worker.claim(choose: { _ in nil })
        try expectEqual(try await sut.job(old.jobID).priority, .normal, "raised once only")
    }

    private static let raisedInTurn = StoreLaw("order: raised jobs are served in turn as new ones are") {
        sut in
        for _ in 0..<20 { try await sut.submit(owner: "a", priority: .low) }
        sut.clock.advance(by: .seconds(600))
        let worker = try await sut.worker()
        _ = try await worker.claim(choose: { _ in nil })
        let one = try await sut.submit(owner: "b")
        try expectEqual(one.position, 2, "the position of another owner's first")
        try expectEqual(try await worker.take().job.owner.rawValue, "a", "the first")
        try expectEqual(try await worker.take().job.id, one.jobID, "the second")
        let more = try await sut.submit(owner: "a")
        try expectEqual(more.position, 20, "what its owner submits now comes after them")
    }

    private static let scheduledWaitIsNoWait = StoreLaw("order: a job's wait begins when it may start") { sut in
        let worker = try await sut.worker()
        let later = try await sut.submit(priority: .low) { $0.delay = .seconds(3_600) }
        sut.clock.advance(by: .seconds(3_601))
        let seen = Seen()
        _ = try await worker.claim(choose: { seen.note($0) })
        try expectEqual(seen.offers.first?.map(\.waited), [.seconds(1)], "the wait of a job that was just due")
        try expectEqual(try await sut.job(later.jobID).priority, .low, "a delay raises nobody")
        sut.clock.advance(by: .seconds(600))
        _ = try await worker.claim(choose: { seen.note($0) })
        try expectEqual(try await sut.job(later.jobID).priority, .normal, "ten minutes after it was due")
    }

    private static let releasedKeepsPlace = StoreLaw("order: a job that is given back keeps its place") { sut in
        let worker = try await sut.worker()
        let first = try await sut.submit(owner: "a")
        try await sut.submit(owner: "b")
        let claimed = try await worker.take()
        try expectEqual(try await worker.settle(claimed, .released(after: .zero)), .queued, "the state")
        try expectEqual(try await sut.job(first.jobID).position, 1, "the position")
        try await sut.submit(owner: "c")
        try expectEqual(try await worker.take().job.id, first.jobID, "the next job")
    }

    private static let retriedKeepsPlace = StoreLaw("order: a retried job waits out its pause, then has its place") {
        sut in
        let worker = try await sut.worker()
        let first = try await sut.submit(owner: "a")
        let second = try await sut.submit(owner: "b")
        let claimed = try await worker.take()
        let failure = JobFailure(code: .backendFailed, message: "once")
        let state = try await worker.settle(claimed, .retry(failure, after: .seconds(10)))
        try expectEqual(state, .scheduled, "the state within the pause")
        try expectEqual(try await sut.job(first.jobID).position, nil, "no position within the pause")
        try expectEqual(try await sut.job(second.jobID).position, 1, "the other's position")
        sut.clock.advance(by: .seconds(10))
        let again = try await worker.take()
        try expectEqual(again.job.id, first.jobID, "the next job after the pause")
        try expectEqual(again.lease.attempt, 2, "the attempt")
    }

    private static let estimates = StoreLaw("order: what a job takes of late tells how long others wait") { sut in
        let worker = try await sut.worker()
        try await sut.submit("done")
        let next = try await sut.submit("next")
        let last = try await sut.submit("last")
        try expectEqual(try await sut.job(next.jobID).estimated, nil, "an estimate out of nothing")
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(10))
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        try expectEqual(try await sut.job(next.jobID).estimated, .seconds(10), "the first's estimate")
        try expectEqual(try await sut.job(last.jobID).estimated, .seconds(20), "the second's estimate")
        let drawn = try await worker.take()
        let progress = JobProgress(fraction: 0.5, picturesDone: 0, remaining: .seconds(3))
        try await sut.store.report(progress, for: drawn.lease)
        try expectEqual(try await sut.job(next.jobID).estimated, .seconds(3), "what the backend says")
    }

    private static let estimatesByNoWrongClock = StoreLaw(
        "order: a clock that is set while a job is drawn spoils no estimate"
    ) {
        sut in
        let worker = try await sut.worker()
        for _ in 0..<4 { try await sut.submit() }
        let last = try await sut.submit()
        for step in [Duration.zero, .seconds(31_536_000), .seconds(-31_536_000)] {
            let claimed = try await worker.take()
            sut.clock.advance(by: .seconds(10))
            sut.clock.stepWall(by: step)
            try await worker.settle(claimed, .complete([claimed.picture(0)]))
        }
        try expectEqual(try await sut.job(last.jobID).estimated, .seconds(20), "of the second that waits")
    }
}
