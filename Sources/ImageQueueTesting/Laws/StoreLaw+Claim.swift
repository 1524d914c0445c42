internal import ImageQueueCore

extension StoreLaw {
    static let claimLaws = [
        oneHolder, claimedJob, reservedJob, sixteenCandidates, choiceTaken, noHoldNoJob, unregisteredRefused,
        paused, deadlineExpires, deadlineMetByBegin, hundredDue, tokensDiffer, earlierPictures, begunBefore,
        waitsFrom,
    ]

    private static let oneHolder = StoreLaw("claim: 32 claimers at once share 20 jobs, one holder each") { sut in
        var ids: [JobID] = []
        for index in 0..<20 { ids.append(try await sut.submit(owner: "\(index % 3)").jobID) }
        var workers: [LawWorker] = []
        for port in 0..<32 { workers.append(try await sut.worker(7000 + port)) }
        let all = workers
        let claims = try await sut.atOnce(32) { try await all[$0].claim() }.compactMap(\.self)
        try expectEqual(claims.count, 20, "claims")
        try expectEqual(Set(claims.map(\.job.id)), Set(ids), "claimed jobs")
        try expect(claims.allSatisfy { $0.lease.attempt == 1 }, "each job's first attempt")
        for claimed in claims {
            try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "each lease")
        }
    }

    private static let claimedJob = StoreLaw("claim: a claimed job is being drawn") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        sut.clock.advance(by: .seconds(5))
        let claimed = try await worker.take()
        try expectEqual(claimed.lease.worker, worker.id, "the lease's worker")
        try expectEqual(claimed.lease.backend, worker.backend, "the lease's backend")
        try expectEqual(claimed.lease.attempt, 1, "the lease's attempt")
        try expect(!claimed.isSuspect, "no suspect")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(claimed.job, job, "the job in hand and the job as stored")
        try expectEqual(job.state, .processing, "the state")
        try expectEqual(job.attempt, 1, "the attempt")
        try expectEqual(job.position, nil, "the position")
        try expectEqual(job.startedAt, sut.clock.wall, "the start")
        try expectEqual(job.progress, JobProgress.none, "the progress")
        try expectEqual(try await sut.events().count, 1, "a claim is not logged")
        let status = try await sut.store.workers().first
        try expectEqual(status?.jobs, [receipt.jobID], "what the worker holds")
    }

    private static let reservedJob = StoreLaw("claim: a reserved job still waits, first, until it is begun") { sut in
        let worker = try await sut.worker()
        let first = try await sut.submit()
        let reserved = try await sut.submit()
        let behind = try await sut.submit()
        _ = try await worker.take()
        let claimed = try await worker.take(reserving: true)
        try expectEqual(claimed.job.id, reserved.jobID, "the reserved job")
        try expectEqual(claimed.lease.attempt, 1, "a reservation is an attempt")
        try expectEqual(try await sut.job(reserved.jobID).state, .queued, "the state to others")
        try expectEqual(try await sut.job(reserved.jobID).position, 1, "the position to others")
        try expectEqual(try await sut.job(reserved.jobID).startedAt, nil, "it has not started")
        try expectEqual(try await sut.job(behind.jobID).position, 2, "the next one's position")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the lease")
        sut.clock.advance(by: .seconds(3))
        try await sut.store.begin(claimed.lease)
        let job = try await sut.job(reserved.jobID)
        try expectEqual(job.state, .processing, "the state once begun")
        try expectEqual(job.startedAt, sut.clock.wall, "the start")
        try expectEqual(try await sut.job(behind.jobID).position, 1, "the next one's position then")
        try expectEqual(try await sut.job(first.jobID).state, .processing, "the first one")
        try await expectRefusal(.staleLease, "a second begin") { try await sut.store.begin(claimed.lease) }
    }

    private static let sixteenCandidates = StoreLaw("claim: at most 16 candidates are offered, the first in order") {
        sut in
        let worker = try await sut.worker()
        var ids: [JobID] = []
        for index in 0..<20 {
            ids.append(
                try await sut.submit(owner: "a") { if index == 3 { $0.request.drawing?.model = "flux" } }.jobID
            )
        }
        sut.clock.advance(by: .seconds(7))
        let seen = Seen()
        try expect(try await worker.claim(choose: { seen.note($0) }) == nil, "a choice of none takes none")
        let offer = try unwrap(seen.offers.first, "an offer")
        try expectEqual(offer.map(\.job), Array(ids.prefix(ClaimRequest.candidateLimit)), "the candidates")
        let wanted = ClaimRequest.Candidate(
            job: ids[3],
            owner: Owner(rawValue: "a"),
            priority: .normal,
            model: "flux",
            isSuspect: false,
            waited: .seconds(7)
        )
        try expectEqual(offer[3], wanted, "a candidate")
        try expectEqual(try await sut.job(ids[0]).state, .queued, "nothing was taken")
    }

    private static let choiceTaken = StoreLaw("claim: the chosen candidate is taken, and no other") { sut in
        let worker = try await sut.worker()
        for _ in 0..<5 { try await sut.submit() }
        let seen = Seen()
        let claimed = try await worker.claim { offer in
            _ = seen.note(offer)
            return 2
        }
        try expectEqual(claimed?.job.id, seen.offers.first?[2].job, "the third candidate")
        let outside = try await worker.claim(choose: { $0.count })
        try expect(outside == nil, "a choice outside the offer takes none")
        let waiting = try await sut.store.snapshot(matching: JobFilter(states: [.queued]), as: .operator).jobs
        try expectEqual(waiting.count, 4, "what still waits")
    }

    private static let noHoldNoJob = StoreLaw("claim: without the backend's hold there is no job") { sut in
        let holder = try await sut.worker(1)
        let other = try await sut.worker(2)
        try await sut.submit()
        let foreign = ClaimRequest(worker: other.id, backend: holder.backend)
        try expect(try await sut.store.claim(foreign) == nil, "on another worker's backend")
        try await sut.store.releaseBackend(other.backend, by: other.id)
        try expect(try await other.claim() == nil, "on a backend that was given up")
        _ = try await holder.take()
    }

    private static let unregisteredRefused = StoreLaw("claim: a worker off the list is told so by stale_lease") { sut in
        let worker = try await sut.worker()
        try await sut.submit()
        try await sut.store.unregister(worker.id)
        try await expectRefusal(.staleLease, "its claim") { try await worker.claim() }
        try await expectRefusal(.staleLease, "its hold of a backend") {
            try await sut.store.holdBackend(worker.backend, for: worker.id)
        }
    }

    private static let paused = StoreLaw("claim: a paused queue gives nothing until it is resumed") { sut in
        let worker = try await sut.worker()
        try expect(try await sut.store.isPaused() == false, "a new queue is not paused")
        try await sut.submit()
        try await sut.store.setPaused(true)
        try expect(try await sut.store.isPaused(), "isPaused")
        try expect(try await sut.openAnother().isPaused(), "isPaused for others")
        try expect(try await worker.isIdle(), "a claim while paused")
        try await sut.submit()
        try await sut.store.setPaused(false)
        _ = try await worker.take()
    }

    private static let deadlineExpires = StoreLaw("claim: a job that waited past its deadline fails as expired") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.deadline = .seconds(10) }
        let scheduled = try await sut.submit {
            $0.deadline = .seconds(10)
            $0.delay = .seconds(5)
        }
        let next = try await sut.submit()
        sut.clock.advance(by: .seconds(10))
        try expectEqual(try await worker.take().job.id, next.jobID, "the claimed job")
        for id in [receipt.jobID, scheduled.jobID] {
            let job = try await sut.job(id)
            try expectEqual(job.state, .failed, "the state")
            try expectEqual(job.failure, .expired, "the failure")
            let last = try unwrap(try await sut.events(of: id).last, "an event")
            try expect(last.kind == .error && last.isFinal, "the final event")
        }
    }

    private static let deadlineMetByBegin = StoreLaw("claim: a deadline is met by the begin of drawing") { sut in
        let worker = try await sut.worker()
        try await sut.submit { $0.deadline = .seconds(10) }
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(60))
        try expect(try await worker.isIdle(), "nothing else waits")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the lease")
        try await worker.settle(claimed, .released(after: .zero))
        try expectEqual(try await sut.store.sweep(), 0, "jobs that a sweep changes")
        let again = try await worker.take()
        try expectEqual(again.job.id, claimed.job.id, "what is drawn again after a worker's stop")
        try expectEqual(try await worker.settle(again, .complete([])), .complete, "the end")
    }

    private static let hundredDue = StoreLaw("claim: many due jobs all start, in time") { sut in
        let worker = try await sut.worker()
        for _ in 0..<130 { try await sut.submit { $0.delay = .seconds(1) } }
        sut.clock.advance(by: .seconds(1))
        var claimed = 0
        while try await worker.claim() != nil { claimed += 1 }
        try expectEqual(claimed, 130, "claimed jobs")
    }

    private static let tokensDiffer = StoreLaw("claim: no token is given twice") { sut in
        let worker = try await sut.worker()
        try await sut.submit()
        var leases: Set<Lease> = []
        var nonces: Set<Int64> = []
        for attempt in 1...20 {
            let claimed = try await worker.take()
            try expectEqual(claimed.lease.attempt, attempt, "attempts are counted up")
            leases.insert(claimed.lease)
            nonces.insert(claimed.lease.nonce)
            try await worker.settle(claimed, .released(after: .zero))
        }
        try expect(leases.count == 20 && nonces.count == 20, "every token differs")
    }

    private static let begunBefore = StoreLaw(
        "claim: it says whether the job has been drawn before, not whether it was held"
    ) {
        sut in
        let worker = try await sut.worker()
        try await sut.submit()
        let reserved = try await worker.take(reserving: true)
        try expectEqual(reserved.hasBegunBefore, false, "at first")
        try await worker.settle(reserved, .released(after: .zero))
        let drawn = try await worker.take()
        try expectEqual(drawn.hasBegunBefore, false, "after it was only reserved")
        try await worker.settle(drawn, .retry(failure, after: .zero))
        let again = try await worker.take()
        try expectEqual([again.hasBegunBefore, again.failures == 1], [true, true], "after it was drawn")
    }

    private static let waitsFrom = StoreLaw("claim: it says from when on the job waited") { sut in
        let worker = try await sut.worker()
        let submitted = sut.clock.wall
        try await sut.submit()
        try await sut.submit { $0.delay = .seconds(60) }
        sut.clock.advance(by: .seconds(60))
        let due = sut.clock.wall
        sut.clock.advance(by: .seconds(30))
        let times = [try await worker.take().queuedAt, try await worker.take().queuedAt]
        try expectEqual(times, [submitted, due], "its submit, and the time at which it was to start")
    }

    private static let earlierPictures = StoreLaw("claim: the next attempt gets the pictures of the one before") {
        sut in
        let worker = try await sut.worker()
        try await sut.submit { $0.request.drawing?.pictureCount = 3 }
        let first = try await worker.take()
        try await sut.store.record(first.picture(0), for: first.lease)
        try await worker.settle(first, .released(after: .zero))
        let second = try await worker.take()
        try expectEqual(second.job.images, [first.picture(0)], "the pictures at the claim")
        try expectEqual(second.job.progress?.picturesDone, 1, "pictures done at the claim")
        try expectEqual(second.job.request.drawing?.seed, first.job.request.drawing?.seed, "the seed")
    }
}
