internal import ImageQueueCore

extension StoreLaw {
    static let scopeLaws = [ownLane, laneOrder, anyScopeOwnJobs, reservedScopeOnly, namedJobs, noTurnBroughtOn]

    private static let ownLane = StoreLaw("scope: a job for one worker is claimed by that one alone") { sut in
        let chosen = try await sut.worker(1, scope: .reservedJobs)
        let other = try await sut.worker(2)
        let reserved = try await sut.submit(priority: .high) { $0.reservedFor = chosen.id }
        let common = try await sut.submit()
        try expectEqual(reserved.position, 1, "the position in its own lane")
        try expectEqual(common.position, 1, "the position in the common lane")
        try expectEqual(try await other.take().job.id, common.jobID, "the other's job")
        try expect(try await other.isIdle(), "nothing more for the other")
        try expectEqual(try await chosen.take().job.id, reserved.jobID, "the chosen one's job")
    }

    private static let laneOrder = StoreLaw("scope: a lane has an order and positions of its own") { sut in
        let worker = try await sut.worker(scope: .reservedJobs)
        try await sut.submit("common")
        let first = try await sut.submit { $0.reservedFor = worker.id }
        let second = try await sut.submit { $0.reservedFor = worker.id }
        let urgent = try await sut.submit(priority: .high) { $0.reservedFor = worker.id }
        try expectEqual(second.position, 2, "the position at submit")
        try expectEqual(try await sut.job(second.jobID).position, 3, "the position behind an urgent one")
        for wanted in [urgent, first, second] {
            try expectEqual(try await worker.take().job.id, wanted.jobID, "the lane's next job")
        }
    }

    private static let anyScopeOwnJobs = StoreLaw("scope: a worker that takes any job takes those for it too") { sut in
        let worker = try await sut.worker(scope: .anyJob)
        let common = try await sut.submit()
        let own = try await sut.submit { $0.reservedFor = worker.id }
        let found = [try await worker.take().job.id, try await worker.take().job.id]
        try expectEqual(Set(found), [common.jobID, own.jobID], "both jobs")
    }

    private static let reservedScopeOnly = StoreLaw("scope: a worker for reserved jobs takes no common one") { sut in
        let worker = try await sut.worker(scope: .reservedJobs)
        try await sut.submit()
        try expect(try await worker.isIdle(), "a common job was taken")
    }

    private static let namedJobs = StoreLaw("scope: named jobs are taken whatever stands before them, no others") {
        sut in
        let before = try await sut.submit(priority: .high)
        let low = try await sut.submit(priority: .low)
        let normal = try await sut.submit()
        let worker = try await sut.worker(scope: .jobs([normal.jobID, low.jobID, .make()]))
        try expectEqual(try await worker.take().job.id, normal.jobID, "the first of the named")
        try expectEqual(try await worker.take().job.id, low.jobID, "the second of the named")
        try expect(try await worker.isIdle(), "a job that was not named")
        try expectEqual(try await sut.job(before.jobID).state, .queued, "the one before")
    }

    private static let noTurnBroughtOn = StoreLaw(
        "scope: a named job that is taken before its turn leaves whoever is new the place that he had"
    ) { sut in
        var last: JobID?
        for _ in 0..<20 { last = try await sut.submit(owner: "a").jobID }
        let named = try await sut.worker(1, scope: .jobs([try unwrap(last, "a job")]))
        try expectEqual(try await named.take().job.id, last, "the named job")
        let new = try await sut.submit(owner: "b")
        try expectEqual(new.position, 2, "the place of another owner's first job")
    }
}
