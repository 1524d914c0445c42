internal import ImageQueueCore

extension StoreLaw {
    static let leaseLaws = [
        staleEverywhere, forgedRefused, expiryOffersAgain, renewalKeeps, wallStepIsNoTime, unregisterReleases,
        renewNeedsRegistration, pictureOnce, progressNeverFalls, picturesCountedOnce, progressBelowHundred,
    ]

    /// Every verb of a lease must refuse it and change nothing.
    private static func expectAllRefused(
        _ lease: Lease,
        _ picture: GeneratedImage,
        _ sut: StoreUnderTest,
        _ when: String
    ) async throws {
        let before = try await sut.trace(of: lease.job)
        let store = sut.store
        try expectEqual(try await store.standing(of: lease), .lost, "\(when): standing")
        try await expectRefusal(.staleLease, "\(when): begin") { try await store.begin(lease) }
        try await expectRefusal(.staleLease, "\(when): report") {
            try await store.report(JobProgress(fraction: 0.9, picturesDone: 0), for: lease)
        }
        try await expectRefusal(.staleLease, "\(when): record") { try await store.record(picture, for: lease) }
        let failure = JobFailure(code: .backendFailed, message: "stale")
        let endings: [AttemptEnding] = [
            .complete([picture]), .stopped(stillDrawing: false), .failed(failure), .retry(failure, after: .seconds(1)),
            .released(after: .zero),
        ]
        for ending in endings {
            try await expectRefusal(.staleLease, "\(when): settle as \(ending)") {
                try await store.settle(lease, as: ending, beginning: nil, then: nil)
            }
        }
        try expectEqual(try await sut.trace(of: lease.job), before, "\(when): nothing has changed")
    }

    private static let staleEverywhere = StoreLaw("lease: a stale token is refused by every verb") { sut in
        let worker = try await sut.worker(1)
        let other = try await sut.worker(2)
        try await sut.submit()
        let old = try await worker.take()
        try await worker.settle(old, .released(after: .zero))
        try await expectAllRefused(old.lease, old.picture(0), sut, "after its release")
        let new = try await other.take()
        try await expectAllRefused(old.lease, old.picture(0), sut, "after another's claim")
        try expectEqual(try await sut.store.standing(of: new.lease), .held, "the new lease")
        try await other.settle(new, .complete([new.picture(0)]))
        try await expectAllRefused(old.lease, old.picture(0), sut, "after the end")
        try await expectAllRefused(new.lease, new.picture(1), sut, "after its own end")
    }

    private static let forgedRefused = StoreLaw("lease: a token counts whole: nonce, attempt and worker") { sut in
        let worker = try await sut.worker()
        try await sut.submit()
        let claimed = try await worker.take()
        var nonce = claimed.lease
        nonce.nonce &+= 1
        try await expectAllRefused(nonce, claimed.picture(0), sut, "another nonce")
        var attempt = claimed.lease
        attempt.attempt += 1
        try await expectAllRefused(attempt, claimed.picture(0), sut, "another attempt")
        var stranger = claimed.lease
        stranger.worker = .make()
        try await expectAllRefused(stranger, claimed.picture(0), sut, "another worker")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the true lease")
    }

    private static let expiryOffersAgain = StoreLaw("lease: without renewal it ends, and the job is offered again") {
        sut in
        let hung = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        let receipt = try await sut.submit()
        let old = try await hung.take()
        sut.clock.advance(by: .seconds(29))
        try expect(try await other.isIdle(), "within the lease")
        sut.clock.advance(by: .seconds(1))
        let new = try await other.take()
        try expectEqual(new.job.id, receipt.jobID, "the job after the lease")
        try expectEqual(new.lease.attempt, 2, "the attempt")
        try await expectAllRefused(old.lease, old.picture(0), sut, "after the expiry")
        try expectEqual(try await sut.store.renew(hung.id), false, "a renewal after the sweep")
        let queued = try await sut.events(of: receipt.jobID).map(\.kind)
        try expectEqual(queued, [.queued, .queued], "QUEUED is told again")
    }

    private static let renewalKeeps = StoreLaw("lease: a renewal prolongs all that a worker holds") { sut in
        let worker = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        try await sut.submit()
        try await sut.submit()
        let drawn = try await worker.take()
        let reserved = try await worker.take(reserving: true)
        for _ in 0..<10 {
            sut.clock.advance(by: .seconds(20))
            try expect(try await sut.store.renew(worker.id), "a renewal")
        }
        try expect(try await other.isIdle(), "nothing is void")
        try expectEqual(try await sut.store.sweep(), 0, "nothing to sweep")
        try expectEqual(try await sut.store.standing(of: drawn.lease), .held, "the drawn one")
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "the reserved one")
    }

    private static let wallStepIsNoTime = StoreLaw("lease: setting the wall clock voids no lease and prolongs none") {
        sut in
        let worker = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        try await sut.submit()
        let claimed = try await worker.take()
        sut.clock.stepWall(by: .seconds(86_400))
        try expect(try await other.isIdle(), "after a step forward")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the lease")
        sut.clock.stepWall(by: .seconds(-2 * 86_400))
        sut.clock.advance(by: .seconds(31))
        try expectEqual(try await sut.store.sweep(), 1, "after a step back the lease still ends")
    }

    private static let unregisterReleases = StoreLaw("lease: who leaves gives back all it holds, no try spent") { sut in
        let worker = try await sut.worker(1)
        let other = try await sut.worker(2)
        let first = try await sut.submit()
        let second = try await sut.submit()
        let drawn = try await worker.take()
        _ = try await worker.take(reserving: true)
        try await sut.store.unregister(worker.id)
        try expectEqual(try await sut.store.standing(of: drawn.lease), .lost, "its lease")
        for receipt in [first, second] {
            let again = try await other.take()
            try expectEqual(again.job.id, receipt.jobID, "the place")
            try expect(!again.isSuspect, "no suspicion")
        }
        try expectEqual(try await sut.store.workers().map(\.registration.id), [other.id], "the list")
    }

    private static let renewNeedsRegistration = StoreLaw("lease: only registered workers are renewed") { sut in
        try expectEqual(try await sut.store.renew(.make()), false, "a worker that nobody knows")
        let worker = try await sut.worker()
        try expectEqual(try await sut.store.renew(worker.id), true, "a registered one")
        try await sut.store.unregister(worker.id)
        try expectEqual(try await sut.store.renew(worker.id), false, "one that has left")
        try await sut.store.unregister(worker.id)
    }

    private static let pictureOnce = StoreLaw("lease: a recorded picture is told, and the first of a number stays") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 3 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(1), for: claimed.lease)
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        var another = claimed.picture(1)
        another.path = "2026/11/24/another.png"
        let replacement = another
        try await expectRefusal(.staleLease, "a second picture of a number") {
            try await sut.store.record(replacement, for: claimed.lease)
        }
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.images, [claimed.picture(0), claimed.picture(1)], "the pictures, by number")
        try expectEqual(job.imageURLs, job.images.map { "/images/\($0.path)" }, "their URLs")
        try expectEqual(job.progress?.picturesDone, 2, "pictures done")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the lease after the refusal")
        try await expectRefusal(.staleLease, "a completion with a picture that is there") {
            try await sut.store.settle(
                claimed.lease,
                as: .complete([claimed.picture(2), replacement]),
                beginning: nil,
                then: nil
            )
        }
        try expectEqual(try await sut.job(receipt.jobID).images.count, 2, "a refused completion records nothing")
    }

    private static let progressNeverFalls = StoreLaw("lease: progress never falls within an attempt") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let first = try await worker.take()
        for (told, wanted) in [(0.2, 0.2), (0.5, 0.5), (0.4, 0.5), (0.5, 0.5), (0.7, 0.7), (0, 0.7)] {
            try await sut.store.report(JobProgress(fraction: told, picturesDone: 0), for: first.lease)
            try expectEqual(try await sut.job(receipt.jobID).progress?.fraction, wanted, "after \(told)")
        }
        try expectEqual(try await sut.events().count, 1, "progress is not logged")
        try await worker.settle(first, .released(after: .zero))
        try expectEqual(try await sut.job(receipt.jobID).progress, nil, "no progress while it waits")
        _ = try await worker.take()
        try expectEqual(try await sut.job(receipt.jobID).progress?.fraction, 0, "the next attempt begins at 0")
    }

    private static let picturesCountedOnce = StoreLaw("lease: a picture that is drawn and then stored counts once") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 3 }
        let claimed = try await worker.take()
        for drawn in 1...2 {
            try await sut.store.report(JobProgress(fraction: 0.3, picturesDone: drawn), for: claimed.lease)
            try await sut.store.record(claimed.picture(drawn - 1), for: claimed.lease)
            try expectEqual(try await sut.job(receipt.jobID).progress?.picturesDone, drawn, "after \(drawn)")
        }
    }

    private static let progressBelowHundred = StoreLaw("lease: 100 per cent is said by completion alone") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        let whole = JobProgress(fraction: 1, picturesDone: 1, remaining: .milliseconds(1_500))
        try await sut.store.report(whole, for: claimed.lease)
        let drawn = try await sut.job(receipt.jobID)
        try expectEqual(drawn.progress, whole, "the progress as told")
        try expectEqual(drawn.percent, 99, "per cent before completion")
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        try expectEqual(try await sut.job(receipt.jobID).percent, 100, "per cent after completion")
    }
}
