internal import ImageQueueCore

extension StoreLaw {
    static let deathLaws = [
        deathOffersAgain, deathLimit, suspectsNotCondemned, suspectAlone, suspectNotOvertaken, reservedDeathUncounted,
        laneDiesWithWorker, sweepCounts, aliveToldApart, orphanIsKnown, orphanOfHung, hungIsNoDeath, orphanOfReserved,
        orphanNoted, orphanOfLeaver, deadNameAgain, cancelHidesNoNeighbour, laneCancelledTogether,
    ]

    private static let deathOffersAgain = StoreLaw("death: a dead worker's job is offered again at once") { sut in
        let dying = try await sut.worker(1)
        let other = try await sut.worker(2)
        let receipt = try await sut.submit(owner: "a")
        try await sut.submit(owner: "b")
        let old = try await dying.take()
        try await sut.store.record(old.picture(0), for: old.lease)
        try await sut.killWorker(dying.id)
        let new = try await other.take()
        try expectEqual(new.job.id, receipt.jobID, "the next job")
        try expectEqual(new.lease.attempt, 2, "the attempt")
        try expectEqual(new.job.images, [old.picture(0)], "the pictures that had come")
        try expectEqual(try await sut.store.standing(of: old.lease), .lost, "the dead one's lease")
        try expectEqual(try await sut.store.workers().map(\.registration.id), [other.id], "the list")
    }

    private static let cancelHidesNoNeighbour = StoreLaw(
        "death: a job that is cancelled in a dead worker's hands does not leave its neighbour to have been alone there"
    ) { sut in
        for isBulk in [false, true] {
            let dying = try await sut.worker(1)
            let second = BackendID(rawValue: "http://second.invalid:7860")
            let receipts = [try await sut.submit(owner: "a"), try await sut.submit(owner: "b")]
            _ = try await dying.take()
            try expect(try await sut.store.holdBackend(second, for: dying.id), "a second backend")
            _ = try unwrap(try await sut.store.claim(ClaimRequest(worker: dying.id, backend: second)), "its job")
            try await sut.killWorker(dying.id)
            if isBulk {
                let filter = JobFilter(owner: Owner(rawValue: "a"))
                let outcomes = try await sut.store.cancel(matching: filter, mode: .now, as: .operator)
                try expectEqual(outcomes, [receipts[0].jobID: .cancelled], "the outcome")
            } else {
                let outcome = try await sut.store.cancel(receipts[0].jobID, mode: .now, as: .operator)
                try expectEqual(outcome, .cancelled, "the outcome")
            }
            try expectEqual(try await sut.job(receipts[0].jobID).state, .cancelled, "the cancelled one")
            let next = try await sut.worker(2)
            let claimed = try await next.take()
            try expectEqual(claimed.job.id, receipts[1].jobID, "its neighbour is offered again")
            try expect(claimed.isSuspect, "and has to prove itself alone, for two were there when the worker died")
            _ = try await sut.store.cancel(claimed.job.id, mode: .now, as: .operator)
            try await sut.store.unregister(next.id)
        }
    }

    private static let deadNameAgain = StoreLaw(
        "death: who takes a dead worker's name at once gets nothing of its life"
    ) { sut in
        let dying = try await sut.worker(1)
        let receipt = try await sut.submit()
        let old = try await dying.take()
        let registration = try unwrap(try await sut.store.workers().first, "its registration").registration
        try await sut.killWorker(dying.id)
        let store = try await sut.openAnother()
        try await store.register(registration)
        try expectEqual(try await sut.job(receipt.jobID).state, .queued, "the job is offered again")
        try expectEqual(try await store.standing(of: old.lease), .lost, "the dead one's lease")
        let orphan = DrawingTask.ID(job: receipt.jobID, attempt: 1, number: 0)
        try expectEqual(try await store.orphans(on: dying.backend), [orphan], "what its backend may go on with")
        let remains = try await store.remains(limit: 10)
        try expectEqual(remains.map(\.attempt), [1], "whose files may be left")
        let again = LawWorker(store: store, id: dying.id, backend: dying.backend)
        try expect(try await store.holdBackend(again.backend, for: again.id), "its backend")
        try expectEqual(try await again.take().lease.attempt, 2, "the attempt")
        try await sut.killWorker(again.id)
        try await store.sweep()
        let third = try await sut.worker(2)
        let last = try await third.take()
        try await sut.killWorker(third.id)
        try await store.sweep()
        try expectEqual(last.lease.attempt, 3, "the last attempt")
        try expectEqual(try await sut.job(receipt.jobID).failure, .workerLost(times: 3), "each was a death")
    }

    private static let orphanIsKnown = StoreLaw("death: what a dead worker was drawing is known until it is forgotten")
    {
        sut in
        let dying = try await sut.worker(1)
        try await sut.submit { $0.request.drawing?.pictureCount = 6 }
        let drawn = try await dying.take()
        for number in [0, 2] { try await sut.store.record(drawn.picture(number), for: drawn.lease) }
        try expectEqual(try await sut.store.orphans(on: dying.backend), [], "before the death")
        let before = try await sut.store.brief(on: dying.backend)
        try expectEqual(before, BackendBrief(holder: dying.id), "the brief before the death")
        try await sut.killWorker(dying.id)
        try await sut.store.sweep()
        let orphans = [1, 3, 4].map { DrawingTask.ID(job: drawn.job.id, attempt: 1, number: $0) }
        try expectEqual(try await sut.store.orphans(on: dying.backend), orphans, "the first three that were missing")
        let after = try await sut.store.brief(on: dying.backend)
        try expectEqual(after, BackendBrief(hasOrphans: true), "the brief after the death")
        let elsewhere = BackendID(rawValue: "http://elsewhere.invalid:7860")
        try expectEqual(try await sut.store.orphans(on: elsewhere), [], "another backend's orphans")
        for orphan in orphans { try await sut.store.forgetOrphan(orphan, on: dying.backend) }
        try expectEqual(try await sut.store.orphans(on: dying.backend), [], "after they were forgotten")
        try expectEqual(try await sut.store.brief(on: dying.backend), BackendBrief(), "the brief after that")
    }

    private static let orphanOfHung = StoreLaw(
        "death: what a hung worker was drawing is known, and no picture too many"
    ) { sut in
        let hung = try await sut.worker(1, lease: .seconds(30))
        try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let drawn = try await hung.take()
        try await sut.store.record(drawn.picture(0), for: drawn.lease)
        sut.clock.advance(by: .seconds(30))
        try await sut.store.sweep()
        let orphan = DrawingTask.ID(job: drawn.job.id, attempt: 1, number: 1)
        try expectEqual(try await sut.store.orphans(on: hung.backend), [orphan], "after the sweep")
    }

    private static let hungIsNoDeath = StoreLaw("death: what a hung worker held is offered again, and no death counts")
    {
        sut in
        let jobs = [try await sut.submit().jobID, try await sut.submit().jobID]
        for round in 1...5 {
            let hung = try await sut.worker(round, lease: .seconds(30))
            let taken = [try await hung.take(), try await hung.take(reserving: true)]
            try expectEqual(taken.map(\.job.id), jobs, "what is taken in round \(round)")
            try expect(taken.allSatisfy { !$0.isSuspect }, "nobody is suspected")
            sut.clock.advance(by: .seconds(30))
            try expectEqual(try await sut.store.sweep(), 2, "swept jobs")
        }
        let asked = try await sut.submit().jobID
        let hung = try await sut.worker(6, lease: .seconds(30))
        for _ in 0..<3 { _ = try await hung.take() }
        _ = try await sut.store.cancel(asked, mode: .now, as: .operator)
        sut.clock.advance(by: .seconds(30))
        try await sut.store.sweep()
        try expectEqual(try await sut.job(asked).state, .cancelled, "one that was to be cancelled")
        for job in jobs { try expectEqual(try await sut.job(job).state, .queued, "the others") }
    }

    private static let orphanNoted = StoreLaw("death: what a living worker gave up is known as well, once") { sut in
        let worker = try await sut.worker(1)
        try await sut.submit()
        let drawn = try await worker.take()
        let orphan = DrawingTask.ID(job: drawn.job.id, attempt: 1, number: 0)
        for _ in 1...2 { try await sut.store.noteOrphan(orphan, on: worker.backend) }
        try await worker.settle(drawn, .released(after: .zero))
        try await sut.store.unregister(worker.id)
        try expectEqual(try await sut.store.orphans(on: worker.backend), [orphan], "after it has left")
        try expect(try await sut.store.brief(on: worker.backend).hasOrphans, "the brief tells")
        try await sut.store.forgetOrphan(orphan, on: worker.backend)
        try expectEqual(try await sut.store.orphans(on: worker.backend), [], "after it was forgotten")
    }

    private static let orphanOfReserved = StoreLaw("death: a reserved job's request may have gone out") { sut in
        let dying = try await sut.worker(1)
        try await sut.submit()
        let reserved = try await dying.take(reserving: true)
        try await sut.killWorker(dying.id)
        _ = try await sut.store.cancel(reserved.job.id, mode: .now, as: .operator)
        let orphan = DrawingTask.ID(job: reserved.job.id, attempt: 1, number: 0)
        try expectEqual(try await sut.store.orphans(on: dying.backend), [orphan], "after a cancel, without a sweep")
    }

    private static let deathLimit = StoreLaw("death: a job that kills its worker three times is set aside") { sut in
        let receipt = try await sut.submit()
        for death in 1...3 {
            let worker = try await sut.worker(death)
            let claimed = try await worker.take()
            try expect(!claimed.isSuspect, "alone in a worker's hands it is counted, not suspected")
            try await sut.killWorker(worker.id)
            try await sut.store.sweep()
            try expectEqual(try await sut.job(receipt.jobID).state, death < 3 ? .queued : .failed, "death \(death)")
        }
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.failure, .workerLost(times: 3), "the failure")
        try expect(try await sut.events(of: receipt.jobID).last?.isFinal == true, "the final event")
    }

    private static let suspectsNotCondemned = StoreLaw(
        "death: with several in hand none is counted, all are suspects",
        settings: StoreSettings(deathLimit: 1)
    ) { sut in
        let poison = try await sut.submit("poison")
        let neighbour = try await sut.submit("neighbour")
        let dying = try await sut.worker(1)
        _ = try await dying.take()
        _ = try await dying.take(reserving: true)
        try await sut.killWorker(dying.id)
        try expectEqual(try await sut.store.sweep(), 2, "swept jobs")
        for id in [poison.jobID, neighbour.jobID] {
            try expectEqual(try await sut.job(id).state, .queued, "one death condemns nobody yet")
        }
        let second = try await sut.worker(2)
        let suspect = try await second.take()
        try expect(suspect.isSuspect && suspect.job.id == poison.jobID, "a suspect, first in order")
        try await sut.killWorker(second.id)
        try await sut.store.sweep()
        try expectEqual(try await sut.job(poison.jobID).state, .failed, "alone, it is found")
        let third = try await sut.worker(3)
        let saved = try await third.take()
        try expectEqual(saved.job.id, neighbour.jobID, "the neighbour lives")
        try expectEqual(try await third.settle(saved, .complete([])), .complete, "and completes")
    }

    private static let suspectAlone = StoreLaw("death: a suspect is run with nothing beside it") { sut in
        let dying = try await sut.worker(1)
        let ids = [try await sut.submit().jobID, try await sut.submit().jobID]
        _ = try await dying.take()
        _ = try await dying.take(reserving: true)
        try await sut.killWorker(dying.id)
        let innocent = try await sut.submit("innocent", priority: .low)
        let worker = try await sut.worker(2)
        let suspect = try await worker.take()
        try expect(ids.contains(suspect.job.id) && suspect.isSuspect, "a suspect")
        try expect(try await worker.isIdle(), "nothing is given beside a suspect")
        try expect(try await worker.claim(reserving: true) == nil, "nor reserved")
        try await worker.settle(suspect, .complete([]))
        let busy = try await worker.claim { offer in offer.firstIndex { !$0.isSuspect } }
        try expectEqual(busy?.job.id, innocent.jobID, "an innocent job")
        try expect(try await worker.claim(reserving: true) == nil, "no suspect is taken beside another job")
    }

    private static let suspectNotOvertaken = StoreLaw("death: a busy worker takes nothing that stands behind a suspect")
    {
        sut in
        let worker = try await sut.worker(2)
        let busy = try await sut.submit("innocent")
        let first = try unwrap(try await worker.claim(), "a job to claim")
        try expectEqual(first.job.id, busy.jobID, "the job in hand")
        let dying = try await sut.worker(1)
        let suspects = [try await sut.submit().jobID, try await sut.submit().jobID]
        _ = try await dying.take()
        _ = try await dying.take(reserving: true)
        try await sut.killWorker(dying.id)
        let later = try await sut.submit("innocent")
        try expect(try await worker.claim(reserving: true) == nil, "nothing is reserved while a suspect is first")
        let urgent = try await sut.submit("innocent", priority: .high)
        let before = try await worker.take(reserving: true)
        try expectEqual(before.job.id, urgent.jobID, "what stands before it is")
        try await worker.settle(before, .complete([]))
        try await worker.settle(first, .complete([]))
        for suspect in suspects {
            let taken = try await worker.take()
            try expectEqual(taken.job.id, suspect, "with empty hands, the suspect")
            try await worker.settle(taken, .complete([]))
        }
        try expectEqual(try await worker.take().job.id, later.jobID, "and what stood behind")
    }

    private static let orphanOfLeaver = StoreLaw("death: who leaves in mid-drawing leaves it known") { sut in
        let leaving = try await sut.worker(1)
        try await sut.submit()
        let drawn = try await leaving.take()
        try await sut.store.unregister(leaving.id)
        let orphan = DrawingTask.ID(job: drawn.job.id, attempt: 1, number: 0)
        try expectEqual(try await sut.store.orphans(on: leaving.backend), [orphan], "what its backend may go on with")
        try expectEqual(try await sut.job(drawn.job.id).state, .queued, "the job")
    }

    private static let reservedDeathUncounted = StoreLaw(
        "death: a reserved job has not killed anybody",
        settings: StoreSettings(deathLimit: 1)
    ) { sut in
        let receipt = try await sut.submit()
        let dying = try await sut.worker(1)
        _ = try await dying.take(reserving: true)
        try await sut.killWorker(dying.id)
        let other = try await sut.worker(2)
        let claimed = try await other.take()
        try expect(claimed.job.id == receipt.jobID && !claimed.isSuspect, "offered as before")
        try expectEqual(try await sut.events(of: receipt.jobID).count, 1, "nobody is told: it always waited")
    }

    private static let laneDiesWithWorker = StoreLaw("death: what only the dead could draw fails as it said") { sut in
        let loss = JobFailure(code: .simulatorGone, message: "gone for the law")
        let dying = try await sut.worker(1, scope: .reservedJobs, lossFailure: loss)
        let held = try await sut.submit { $0.reservedFor = dying.id }
        let waiting = try await sut.submit { $0.reservedFor = dying.id }
        let scheduled = try await sut.submit {
            $0.reservedFor = dying.id
            $0.delay = .seconds(60)
        }
        let common = try await sut.submit()
        _ = try await dying.take()
        try await sut.killWorker(dying.id)
        try await sut.store.sweep()
        for id in [held.jobID, waiting.jobID, scheduled.jobID] {
            let job = try await sut.job(id)
            try expectEqual(job.state, .failed, "the state")
            try expectEqual(job.failure, loss, "the failure")
            try expectEqual(try await sut.events(of: id).filter(\.isFinal).count, 1, "final events")
        }
        try expectEqual(try await sut.job(common.jobID).state, .queued, "a common job waits on")
        let leaving = try await sut.worker(2, scope: .reservedJobs, lossFailure: loss)
        let left = try await sut.submit { $0.reservedFor = leaving.id }
        try await sut.store.unregister(leaving.id)
        try expectEqual(try await sut.job(left.jobID).failure, loss, "who leaves takes its lane along")
    }

    private static let laneCancelledTogether = StoreLaw(
        "death: what only the dead could draw, cancelled together, is cancelled, whoever held it"
    ) { sut in
        let dying = try await sut.worker(1, scope: .reservedJobs)
        let second = BackendID(rawValue: "http://second.invalid:7860")
        let receipts = [
            try await sut.submit(owner: "a") { $0.reservedFor = dying.id },
            try await sut.submit(owner: "b") { $0.reservedFor = dying.id },
            try await sut.submit(owner: "c") { $0.reservedFor = dying.id },
        ]
        _ = try await dying.take()
        try expect(try await sut.store.holdBackend(second, for: dying.id), "a second backend")
        _ = try unwrap(try await sut.store.claim(ClaimRequest(worker: dying.id, backend: second)), "its job")
        try await sut.killWorker(dying.id)
        let outcomes = try await sut.store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        let wanted = [JobID: CancelOutcome](uniqueKeysWithValues: receipts.map { ($0.jobID, .cancelled) })
        try expectEqual(outcomes, wanted, "the outcomes")
        for receipt in receipts { try expectEqual(try await sut.job(receipt.jobID).state, .cancelled, "the state") }
    }

    private static let sweepCounts = StoreLaw("death: a sweep says how many jobs it changed, once") { sut in
        let dying = try await sut.worker(1)
        try await sut.submit()
        try await sut.submit()
        _ = try await dying.take()
        _ = try await dying.take()
        try expectEqual(try await sut.store.sweep(), 0, "while it lives")
        try await sut.killWorker(dying.id)
        try expectEqual(try await sut.store.sweep(), 2, "after its death")
        try expectEqual(try await sut.store.sweep(), 0, "a second time")
    }

    private static let aliveToldApart = StoreLaw("death: the list tells the dead from the living until they are swept")
    { sut in
        let living = try await sut.worker(1)
        let dead = try await sut.worker(2)
        let hung = try await sut.worker(3, lease: .seconds(30))
        try await sut.killWorker(dead.id)
        sut.clock.advance(by: .seconds(30))
        let alive = Dictionary(
            uniqueKeysWithValues: try await sut.store.workers().map { ($0.registration.id, $0.isAlive) }
        )
        try expectEqual(alive, [living.id: true, dead.id: false, hung.id: false], "who lives")
        let status = try await sut.store.workers().first { $0.registration.id == living.id }
        try expectEqual(status?.holds, [living.backend], "the backends it holds")
        try expectEqual(status?.registration.host, "law", "what it said of itself")
        try await sut.store.sweep()
        try expectEqual(try await sut.store.workers().map(\.registration.id), [living.id], "after the sweep")
    }
}
