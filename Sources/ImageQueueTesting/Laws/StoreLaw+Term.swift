internal import ImageQueueCore

/// A worker that could not renew in time stops by itself before others may take what it holds.
extension StoreLaw {
    static let termLaws = [
        stopsInTime, toldForGood, unnoticedLateness, beginsAnew, startsNothing, endingsCount, nobodyKnowsHim,
    ]

    private static let stopsInTime = StoreLaw("term: its holder is told lost before anybody else may take the job") {
        sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        let receipt = try await sut.submit()
        let claimed = try await late.take()
        sut.clock.advance(by: .milliseconds(26_999))
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "with more than a tenth left")
        sut.clock.advance(by: .milliseconds(1))
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "with a tenth left")
        try expect(try await other.isIdle(), "it is still nobody else's")
        sut.clock.advance(by: .milliseconds(3_000))
        try expectEqual(try await other.take().job.id, receipt.jobID, "after its end")
    }

    private static let toldForGood = StoreLaw("term: once told lost, a late renewal brings nothing back") { sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        try await sut.submit()
        let claimed = try await late.take()
        sut.clock.advance(by: .seconds(28))
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "when it looks")
        try expectEqual(try await sut.store.renew(late.id), false, "a renewal then")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "afterwards")
        try await expectRefusal(.staleLease, "a claim") { try await late.claim() }
        sut.clock.advance(by: .seconds(2))
        try expectEqual(try await other.take().lease.attempt, 2, "others wait no longer than the lease")
    }

    private static let unnoticedLateness = StoreLaw("term: a renewal just in time keeps what nobody has let go") {
        sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        try await sut.submit()
        let claimed = try await late.take()
        sut.clock.advance(by: .seconds(26))
        try expect(try await sut.store.renew(late.id), "a renewal")
        sut.clock.advance(by: .seconds(26))
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the standing")
    }

    private static let beginsAnew = StoreLaw("term: who registers anew starts with nothing in its hands") { sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        let receipt = try await sut.submit()
        let old = try await late.take()
        sut.clock.advance(by: .seconds(28))
        try expectEqual(try await sut.store.standing(of: old.lease), .lost, "when it looks")
        let again = try unwrap(try await sut.store.workers().first, "its registration").registration
        var registration = again
        registration.renewalInterval = nil
        try await sut.store.register(registration)
        try expectEqual(try await sut.job(receipt.jobID).state, .queued, "the job is offered again")
        try expectEqual(try await sut.store.standing(of: old.lease), .lost, "the old lease")
        try expect(try await sut.store.holdBackend(late.backend, for: late.id), "its backend")
        let new = try await late.take()
        try expectEqual(new.lease.attempt, 2, "the attempt")
        sut.clock.advance(by: .seconds(5))
        try expectEqual(try await sut.store.standing(of: new.lease), .held, "the new lease, past the old one's end")
        let orphan = DrawingTask.ID(job: receipt.jobID, attempt: 1, number: 0)
        try expectEqual(try await sut.store.orphans(on: late.backend), [orphan], "what it may still be drawing")
    }

    private static let startsNothing = StoreLaw("term: nothing is begun on a lease that is about to end") { sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        try await sut.submit()
        try await sut.submit()
        try await sut.submit()
        let drawn = try await late.take()
        let reserved = try await late.take(reserving: true)
        sut.clock.advance(by: .seconds(28))
        let settlement = try await sut.store.settle(
            drawn.lease,
            as: .complete([drawn.picture(0)]),
            beginning: reserved.lease,
            then: late.wish()
        )
        try expectEqual(settlement, Settlement(state: .complete), "the ending counts, and nothing else")
        try expectEqual(try await sut.job(reserved.job.id).state, .queued, "the reserved one is not begun")
        try await expectRefusal(.staleLease, "its begin") { try await sut.store.begin(reserved.lease) }
    }

    private static let endingsCount = StoreLaw("term: an ending counts as long as nobody else has the job") { sut in
        let late = try await sut.worker(1, lease: .seconds(30))
        try await sut.submit()
        let claimed = try await late.take()
        sut.clock.advance(by: .seconds(28))
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "when it looks")
        try expectEqual(try await late.settle(claimed, .complete([claimed.picture(0)])), .complete, "the settlement")
    }

    private static let nobodyKnowsHim = StoreLaw("term: who was swept off the list learns it from a renewal") { sut in
        let hung = try await sut.worker(1, lease: .seconds(30))
        sut.clock.advance(by: .seconds(30))
        try await sut.store.sweep()
        try expectEqual(try await sut.store.renew(hung.id), false, "the renewal")
        try await sut.submit()
        try await expectRefusal(.staleLease, "a claim") { try await hung.claim() }
    }
}
