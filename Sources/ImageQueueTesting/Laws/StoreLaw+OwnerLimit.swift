internal import ImageQueueCore

/// How many jobs of one owner may be in the workers' hands at once.
extension StoreLaw {
    static let ownerLimitLaws = [
        ownerLimitKept, ownerLimitReserved, ownerLimitPassesAll, ownerLimitOrder, ownerLimitMakesRoom, ownerLimitScoped,
    ]

    private static let ownerLimitKept = StoreLaw("owner limit: it holds over all workers, and ends with a job") {
        sut in
        let workers = [
            try await sut.worker(1, maximumPerOwner: 2), try await sut.worker(2, maximumPerOwner: 2),
            try await sut.worker(3, maximumPerOwner: 2), try await sut.worker(4, maximumPerOwner: 2),
        ]
        let unlimited = try await sut.worker(5)
        for _ in 0..<6 { try await sut.submit(owner: "ayşe") }
        let other = try await sut.submit(owner: "ali")
        let first = try await workers[0].take()
        let second = try await workers[1].take()
        try expectEqual([first, second].filter { $0.job.owner.rawValue == "ayşe" }.count, 1, "taken in turn")
        let third = try await workers[2].take()
        let taken = [first, second, third]
        try expectEqual(taken.filter { $0.job.id == other.jobID }.count, 1, "the other owner's job")
        try expect(try await workers[3].isIdle(), "a third job of one owner was taken")
        let beyond = try await unlimited.take()
        try expectEqual(beyond.job.owner.rawValue, "ayşe", "what a worker without a limit takes")
        try await unlimited.settle(beyond, .complete([]))
        try expect(try await workers[3].isIdle(), "at the limit again, and another was taken")
        let ended = try unwrap(taken.first { $0.job.owner.rawValue == "ayşe" }, "one of her jobs")
        let holder = try unwrap(workers.first { $0.id == ended.lease.worker }, "its holder")
        try await holder.settle(ended, .released(after: .zero))
        try expectEqual(try await workers[3].take().job.id, ended.job.id, "the place that became free")
    }

    private static let ownerLimitReserved = StoreLaw("owner limit: a reserved job counts, also with an ending") {
        sut in
        let worker = try await sut.worker(1, maximumPerOwner: 1)
        let second = try await sut.worker(2, maximumPerOwner: 1)
        for _ in 0..<3 { try await sut.submit(owner: "ayşe") }
        let running = try await worker.take()
        try expect(try await worker.claim(reserving: true) == nil, "reserved beside the running one")
        let settlement = try await sut.store.settle(
            running.lease,
            as: .complete([]),
            beginning: nil,
            then: worker.wish(reserving: true)
        )
        let reserved = try unwrap(settlement.next, "her next job, in the place of the one that ended")
        try expect(try await second.isIdle(), "a second one beside the reserved one was taken")
        try await worker.settle(reserved, .released(after: .zero))
        try expectEqual(try await second.take().job.id, reserved.job.id, "after it went back")
    }

    private static let ownerLimitPassesAll = StoreLaw("owner limit: however many wait before, others are drawn") {
        sut in
        let worker = try await sut.worker(1, maximumPerOwner: 1)
        let second = try await sut.worker(2, maximumPerOwner: 1)
        try await submit(400, owner: "ayşe", priority: .high, to: sut)
        let held = try await worker.take()
        var names: [String] = []
        for number in 0..<20 {
            let owner = "owner \(number)"
            names.append(owner)
            try await submit(1, owner: owner, priority: number == 7 ? .normal : .low, to: sut)
        }
        names.insert(names.remove(at: 7), at: 0)
        let seen = Seen()
        try expect(try await second.claim(choose: seen.note) == nil, "none was chosen")
        try expectEqual(
            try unwrap(seen.offers.first, "an offer").map(\.owner.rawValue),
            Array(names.prefix(16)),
            "the owners who are offered"
        )
        for name in names {
            let claimed = try await second.take()
            try expectEqual(claimed.job.owner.rawValue, name, "the next owner")
            try await second.settle(claimed, .complete([]))
        }
        try expect(try await second.isIdle(), "nobody but her is left")
        try await worker.settle(held, .complete([]))
        try expectEqual(try await second.take().job.owner.rawValue, "ayşe", "then it is her turn")
    }

    private static let ownerLimitOrder = StoreLaw("owner limit: those below it keep the order") { sut in
        let worker = try await sut.worker(1, maximumPerOwner: 1)
        let second = try await sut.worker(2, maximumPerOwner: 1)
        try await sut.submit(owner: "ayşe", priority: .high)
        let held = try await worker.take()
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<60 {
            let owner = ["ayşe", "ali", "veli"][Int.random(in: 0..<3, using: &generator)]
            let priority = Priority(rawValue: Int.random(in: 0...2, using: &generator)) ?? .normal
            try await sut.submit(owner: owner, priority: priority)
        }
        let jobs = try await sut.store.snapshot(matching: JobFilter(states: [.queued]), as: .operator).jobs
        var expected = jobs.filter { $0.owner.rawValue != "ayşe" }.sorted { ($0.position ?? 0) < ($1.position ?? 0) }
        while let claimed = try await second.claim() {
            try expectEqual(claimed.job.id, expected.removeFirst().id, "the next of the others")
            try await second.settle(claimed, .complete([]))
        }
        try expectEqual(expected.count, 0, "what the others have left")
        try await worker.settle(held, .complete([]))
    }

    private static let ownerLimitMakesRoom = StoreLaw(
        "owner limit: a reserved job makes room only for what may be drawn"
    ) {
        sut in
        let worker = try await sut.worker(1, maximumPerOwner: 1)
        let second = try await sut.worker(2, maximumPerOwner: 1)
        try await sut.submit(owner: "ayşe", priority: .high)
        let running = try await second.take()
        try await sut.submit(owner: "ali", priority: .low)
        let reserved = try await worker.take(reserving: true)
        try await submit(300, owner: "ayşe", priority: .high, to: sut)
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "beside an owner at the limit")
        try await sut.submit(owner: "ali", priority: .normal)
        let standing = try await sut.store.standing(of: reserved.lease)
        try expectEqual(standing, .returnRequested, "for his own, more urgent one")
        try await worker.settle(reserved, .released(after: .zero))
        let next = try await worker.take(reserving: true)
        try expectEqual(next.job.priority, .normal, "the more urgent one")
        try expectEqual(try await sut.store.standing(of: next.lease), .held, "its own standing")
        try await second.settle(running, .complete([]))
        try expectEqual(try await sut.store.standing(of: next.lease), .returnRequested, "once she is below the limit")
    }

    private static let ownerLimitScoped = StoreLaw("owner limit: it holds for named jobs and for reserved lanes") {
        sut in
        let holder = try await sut.worker(1)
        try await sut.submit(owner: "ayşe")
        let held = try await holder.take()
        let named = try await sut.submit(owner: "ayşe")
        let worker = try await sut.worker(2, scope: .jobs([named.jobID]), maximumPerOwner: 1)
        try expect(try await worker.isIdle(), "a named job beyond the limit")
        let own = try await sut.worker(3, maximumPerOwner: 1)
        let reserved = try await sut.submit(owner: "ayşe") { $0.reservedFor = own.id }
        try expect(try await own.isIdle(), "a job of its own lane beyond the limit")
        try await holder.settle(held, .complete([]))
        try expectEqual(try await own.take().job.id, reserved.jobID, "its own below the limit")
        try expect(try await worker.isIdle(), "at the limit again")
    }

    private static func submit(
        _ count: Int,
        owner: String,
        priority: Priority,
        to sut: StoreUnderTest
    ) async throws {
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.owner = Owner(rawValue: owner)
        submission.priority = priority
        _ = try await sut.store.submit(Array(repeating: submission, count: count))
    }
}
