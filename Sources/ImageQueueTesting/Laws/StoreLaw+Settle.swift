internal import ImageQueueCore

extension StoreLaw {
    static let settleLaws = [
        completed, failedForGood, releasedAgain, releasedPaused, retriedAtOnce, illegalEndings, unbegunComplete,
        reservedGivenBack, mustMakeRoom, fused, wishesNeverUndo,
    ]

    static let failure = JobFailure(code: .backendFailed, message: "The backend failed.")

    private static let completed = StoreLaw("settle: a complete job has its pictures and its end") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        sut.clock.advance(by: .seconds(3))
        try expectEqual(try await worker.settle(claimed, .complete([claimed.picture(1)])), .complete, "the settlement")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.state, .complete, "the state")
        try expectEqual(job.images, [claimed.picture(0), claimed.picture(1)], "the pictures")
        try expectEqual(job.finishedAt, sut.clock.wall, "the end")
        try expectEqual(job.failure, nil, "no failure")
        try expectEqual(job.progress, nil, "no progress any more")
        try expectEqual(try await sut.store.workers().first?.jobs, [], "nothing in the worker's hands")
    }

    private static let failedForGood = StoreLaw("settle: a failed job keeps its failure and the pictures that came") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        try expectEqual(try await worker.settle(claimed, .failed(failure)), .failed, "the settlement")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.state, .failed, "the state")
        try expectEqual(job.failure, failure, "the failure")
        try expectEqual(job.images, [claimed.picture(0)], "the pictures")
        try expect(try await worker.isIdle(), "a failed job is not offered again")
    }

    private static let releasedAgain = StoreLaw("settle: a released job is told as queued and drawn again") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        // More often than deaths are allowed: a release spends nothing.
        for attempt in 1...5 {
            let claimed = try await worker.take()
            try expectEqual(claimed.lease.attempt, attempt, "the attempt")
            try expectEqual(try await worker.settle(claimed, .released(after: .zero)), .queued, "the settlement")
        }
        let events = try await sut.events(of: receipt.jobID)
        try expectEqual(events.map(\.kind), Array(repeating: .queued, count: 6), "QUEUED each time")
        try expectEqual(events.map(\.attempt), Array(0...5), "the attempts they tell")
        try expectEqual(events.last?.position, 1, "the position they tell")
        try expect(events.allSatisfy { !$0.isFinal && $0.status == "queued" }, "none is final")
    }

    private static let releasedPaused = StoreLaw("settle: a job released with a pause waits it out") { sut in
        let worker = try await sut.worker()
        try await sut.submit()
        let claimed = try await worker.take()
        try expectEqual(try await worker.settle(claimed, .released(after: .seconds(5))), .scheduled, "the settlement")
        sut.clock.advance(by: .milliseconds(4_999))
        try expect(try await worker.isIdle(), "within the pause")
        sut.clock.advance(by: .milliseconds(1))
        _ = try await worker.take()
    }

    private static let retriedAtOnce = StoreLaw("settle: a retry without a pause is offered at once") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        try expectEqual(try await worker.settle(claimed, .retry(failure, after: .zero)), .queued, "the settlement")
        try expectEqual(try await sut.job(receipt.jobID).failure, nil, "a job that goes on has no failure")
        try expectEqual(try await worker.take().lease.attempt, 2, "the attempt")
    }

    private static let illegalEndings = StoreLaw("settle: an ending that does not fit changes nothing") { sut in
        let worker = try await sut.worker()
        try await sut.submit()
        try await sut.submit()
        let drawn = try await worker.take()
        let reserved = try await worker.take(reserving: true)
        let before = [try await sut.trace(of: drawn.job.id), try await sut.trace(of: reserved.job.id)]
        try await expectRefusal(.staleLease, "stopped without a cancel") {
            try await worker.settle(drawn, .stopped(stillDrawing: false))
        }
        try await expectRefusal(.staleLease, "stopped before it has begun") {
            try await worker.settle(reserved, .stopped(stillDrawing: false))
        }
        let after = [try await sut.trace(of: drawn.job.id), try await sut.trace(of: reserved.job.id)]
        try expectEqual(after, before, "the jobs")
        try expectEqual(try await sut.store.standing(of: drawn.lease), .held, "the drawn one's lease")
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "the reserved one's lease")
    }

    private static let unbegunComplete = StoreLaw(
        "settle: a reserved job whose begin was not written down completes, also with a cancel stored since"
    ) { sut in
        let worker = try await sut.worker()
        let ids = [try await sut.submit().jobID, try await sut.submit().jobID]
        let first = try await worker.take(reserving: true)
        let second = try await worker.take(reserving: true)
        try expectEqual(try await worker.settle(first, .complete([first.picture(0)])), .complete, "the settlement")
        try expectEqual(try await sut.events(of: ids[0]).map(\.kind), [.queued, .complete], "what is told")
        _ = try await sut.store.cancel(ids[1], mode: .now, as: .operator)
        try await expectRefusal(.staleLease, "its begin") { try await sut.store.begin(second.lease) }
        try expectEqual(try await worker.settle(second, .complete([second.picture(0)])), .complete, "its end")
        try expectEqual(try await sut.events(of: ids[1]).map(\.kind), [.queued, .complete], "what is told of it")
    }

    private static let mustMakeRoom = StoreLaw(
        "settle: a reserved job makes room for a pause and for a more urgent one"
    ) {
        sut in
        let worker = try await sut.worker()
        try await sut.submit()
        let drawn = try await worker.take()
        try await sut.submit()
        let reserved = try await worker.take(reserving: true)
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "with nothing before it")
        try await sut.store.setPaused(true)
        try expectEqual(try await sut.store.standing(of: reserved.lease), .returnRequested, "while paused")
        try expectEqual(try await sut.store.standing(of: drawn.lease), .held, "what is drawn, while paused")
        try await sut.store.setPaused(false)
        try await sut.submit()
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "with its like behind it")
        let urgent = try await sut.submit { $0.priority = .high }
        try expectEqual(try await sut.store.standing(of: reserved.lease), .returnRequested, "with a more urgent one")
        try await worker.settle(reserved, .released(after: .zero))
        let next = try await worker.take(reserving: true)
        try expectEqual(next.job.id, urgent.jobID, "the next one")
        try expectEqual(try await sut.store.standing(of: next.lease), .held, "the most urgent one")
    }

    private static let reservedGivenBack = StoreLaw("settle: a reserved job that is given back was never away") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let reserved = try await worker.take(reserving: true)
        try expectEqual(try await worker.settle(reserved, .released(after: .zero)), .queued, "the settlement")
        try expectEqual(try await sut.events(of: receipt.jobID).count, 1, "nobody is told")
        try expectEqual(try await sut.job(receipt.jobID).position, 1, "its place")
        try expectEqual(try await worker.take().lease.attempt, 2, "a new attempt number")
    }

    private static let fused = StoreLaw("settle: complete A, begin B and reserve C are one step") { sut in
        let worker = try await sut.worker()
        let ids = [try await sut.submit("a").jobID, try await sut.submit("b").jobID, try await sut.submit("c").jobID]
        let first = try await worker.take()
        let second = try await worker.take(reserving: true)
        sut.clock.advance(by: .seconds(2))
        let settlement = try await sut.store.settle(
            first.lease,
            as: .complete([first.picture(0)]),
            beginning: second.lease,
            then: worker.wish(reserving: true)
        )
        try expectEqual(settlement.state, .complete, "A")
        try expectEqual(try await sut.job(ids[1]).state, .processing, "B")
        try expectEqual(try await sut.job(ids[1]).startedAt, sut.clock.wall, "B's start")
        let third = try unwrap(settlement.next, "C")
        try expectEqual(third.job.id, ids[2], "C")
        try expectEqual(third.job.state, .queued, "C's state")
        try expectEqual(try await sut.store.standing(of: third.lease), .held, "C's lease")
        try expectEqual(Set(try await sut.store.workers().first?.jobs ?? []), [ids[1], ids[2]], "what is in hand")
    }

    private static let wishesNeverUndo = StoreLaw("settle: wishes that can't be granted undo no ending") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        var stale = claimed.lease
        stale.job = .make()
        let settlement = try await sut.store.settle(
            claimed.lease,
            as: .complete([claimed.picture(0)]),
            beginning: stale,
            then: ClaimRequest(worker: .make(), backend: worker.backend)
        )
        try expectEqual(settlement, Settlement(state: .complete), "the settlement")
        try expectEqual(try await sut.job(receipt.jobID).state, .complete, "the state")
    }
}
