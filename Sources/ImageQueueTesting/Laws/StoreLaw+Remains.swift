internal import ImageQueueCore

extension StoreLaw {
    static let remainsLaws = [
        remainsOfDead, remainsOfHung, remainsOfCancelled, remainsOfLane, remainsOfLeaver, noRemains, remainsLimited,
        remainsOfPruned,
    ]

    private static func expectRemains(_ wanted: [ClaimedJob], _ sut: StoreUnderTest, _ when: String) async throws {
        let found = try await sut.store.remains(limit: 100)
        func name(_ job: JobID, _ attempt: Int) -> String { "\(job) \(attempt)" }
        try expectEqual(
            found.map { name($0.job, $0.attempt) }.sorted(),
            wanted.map { name($0.lease.job, $0.lease.attempt) }.sorted(),
            when
        )
        for remains in found {
            let job = try await sut.job(remains.job)
            try expectEqual(remains.createdAt, job.createdAt, "\(when): the job's creation")
            try expectEqual(remains.keeping, Set(job.images.map(\.path)), "\(when): what stays")
        }
    }

    private static let remainsOfDead = StoreLaw("remains: of a dead worker's attempt are told until they are forgotten")
    {
        sut in
        let dying = try await sut.worker(1)
        let other = try await sut.worker(2)
        try await sut.submit { $0.request.drawing?.pictureCount = 3 }
        let first = try await dying.take()
        try await sut.store.record(first.picture(0), for: first.lease)
        try await sut.killWorker(dying.id)
        try await expectRemains([], sut, "before anybody has noticed")
        try await sut.store.sweep()
        try await expectRemains([first], sut, "after the sweep")
        let second = try await other.take()
        try await sut.store.record(second.picture(1), for: second.lease)
        let remains = try unwrap(try await sut.store.remains(limit: 1).first, "remains")
        let paths: Set = [first.picture(0).path, second.picture(1).path]
        try expectEqual(remains.keeping, paths, "what stays, as of this call")
        try await sut.killWorker(other.id)
        try await sut.store.sweep()
        try await expectRemains([first, second], sut, "after a second death")
        try await sut.store.forgetRemains(remains)
        try await expectRemains([second], sut, "after the first were forgotten")
    }

    private static let remainsOfHung = StoreLaw("remains: of a hung worker are told only once its process is gone") {
        sut in
        let hung = try await sut.worker(1, lease: .seconds(30))
        let other = try await sut.worker(2)
        try await sut.submit()
        let claimed = try await hung.take()
        sut.clock.advance(by: .seconds(30))
        let again = try await other.take()
        try expectEqual(again.lease.attempt, 2, "the job was taken over")
        try await expectRemains([], sut, "while it may go on")
        try await sut.killWorker(hung.id)
        try await expectRemains([claimed], sut, "after its death")
    }

    private static let remainsOfCancelled = StoreLaw("remains: a cancel that ends a dead holder's job notes them") {
        sut in
        let dying = try await sut.worker(1)
        try await sut.submit()
        let claimed = try await dying.take()
        try await sut.killWorker(dying.id)
        _ = try await sut.store.cancel(claimed.job.id, mode: .now, as: .operator)
        try await expectRemains([claimed], sut, "after the cancel")
        try await sut.store.sweep()
        try await expectRemains([claimed], sut, "a sweep adds nothing")
    }

    private static let remainsOfLane = StoreLaw("remains: of a job that only the dead could draw are told") { sut in
        let dying = try await sut.worker(1, scope: .reservedJobs)
        try await sut.submit { $0.reservedFor = dying.id }
        try await sut.submit { $0.reservedFor = dying.id }
        let claimed = try await dying.take()
        try await sut.killWorker(dying.id)
        try await sut.store.sweep()
        try await expectRemains([claimed], sut, "after the sweep")
    }

    private static let remainsOfLeaver = StoreLaw("remains: who leaves with a job in hand may leave files") { sut in
        let worker = try await sut.worker(1)
        try await sut.submit()
        let claimed = try await worker.take()
        try await sut.store.unregister(worker.id)
        try await expectRemains([claimed], sut, "after it has left")
    }

    private static let noRemains = StoreLaw("remains: an attempt that its holder ended leaves none") { sut in
        let worker = try await sut.worker(1)
        for ending: AttemptEnding in [.released(after: .zero), .retry(failure, after: .zero), .complete([])] {
            try await sut.submit()
            try await worker.settle(try await worker.take(), ending)
        }
        try await sut.store.unregister(worker.id)
        try await expectRemains([], sut, "after the worker has left")
    }

    private static let remainsLimited = StoreLaw("remains: at most so many are told at once") { sut in
        try await sut.submit()
        try await sut.submit()
        for number in 1...5 {
            let dying = try await sut.worker(number)
            _ = try await dying.take()
            try await sut.killWorker(dying.id)
        }
        try await sut.store.sweep()
        for (limit, count) in [(1, 1), (4, 4), (10, 5)] {
            try expectEqual(try await sut.store.remains(limit: limit).count, count, "a limit of \(limit)")
        }
        while let remains = try await sut.store.remains(limit: 1).first { try await sut.store.forgetRemains(remains) }
    }

    private static let remainsOfPruned = StoreLaw("remains: pictures of a pruned job stay") { sut in
        let dying = try await sut.worker(1)
        try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await dying.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        try await sut.killWorker(dying.id)
        _ = try await sut.store.cancel(claimed.job.id, mode: .now, as: .operator)
        sut.clock.advance(by: .seconds(86_400))
        _ = try await sut.store.prune(olderThan: .seconds(3_600), limit: 100)
        let page = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
        try expectEqual(page.jobs.count, 0, "jobs that are kept")
        let remains = try await sut.store.remains(limit: 10)
        let wanted = AttemptRemains(
            job: claimed.job.id,
            attempt: 1,
            createdAt: claimed.job.createdAt,
            keeping: [claimed.picture(0).path]
        )
        try expectEqual(remains, [wanted], "the remains")
    }
}
