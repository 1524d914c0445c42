internal import ImageQueueCore

extension StoreLaw {
    static let listLaws = [stablePages, pageEnds, listFilters, severalStates, jobsAreOwners, counts]

    private static let stablePages = StoreLaw("list: newest first, each job once, while others come and end") { sut in
        var ids: [JobID] = []
        for _ in 0..<25 { ids.append(try await sut.submit(owner: "a").jobID) }
        var found: [JobID] = []
        var place: PageToken?
        repeat {
            let page = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: place, limit: 4)
            try expect(page.jobs.count <= 4, "a page's length")
            found += page.jobs.map(\.id)
            place = page.next
            try await sut.submit("meanwhile", owner: "b")
            if let job = page.jobs.first { _ = try await sut.store.cancel(job.id, mode: .now, as: .operator) }
        } while place != nil
        try expectEqual(found, ids.reversed(), "the jobs that were there at the beginning")
    }

    private static let severalStates = StoreLaw("list: of several states, newest first over all of them, page by page")
    {
        sut in
        let worker = try await sut.worker()
        var wanted: [JobID] = []
        for number in 0..<12 {
            let job = try await sut.submit(owner: "a") { $0.delay = number % 4 == 3 ? .seconds(3_600) : .zero }.jobID
            switch number % 4 {
            case 0: try await worker.settle(try await worker.take(), .complete([]))
            case 1: try await worker.settle(try await worker.take(), .failed(failure))
            case 2: _ = try await sut.store.cancel(job, mode: .now, as: .operator)
            default: break
            }
            if number % 4 != 0 { wanted.insert(job, at: 0) }
        }
        let filter = JobFilter(states: [.failed, .cancelled, .scheduled])
        for limit in 1...10 {
            var found: [JobID] = []
            var place: PageToken?
            repeat {
                let page = try await sut.store.jobs(matching: filter, as: .operator, after: place, limit: limit)
                try expect(page.jobs.count <= limit, "a page's length")
                found += page.jobs.map(\.id)
                place = page.next
            } while place != nil
            try expectEqual(found, wanted, "in pages of \(limit)")
        }
    }

    private static let pageEnds = StoreLaw("list: the last page, and no other, has no next") { sut in
        func page(_ limit: Int, after: PageToken? = nil) async throws -> JobPage {
            try await sut.store.jobs(matching: JobFilter(), as: .operator, after: after, limit: limit)
        }
        try expectEqual(try await page(5), JobPage(jobs: [], next: nil), "an empty list")
        for _ in 0..<4 { try await sut.submit() }
        try expect(try await page(4).next == nil, "a page that just holds all")
        let first = try await page(3)
        let rest = try await page(3, after: try unwrap(first.next, "a next page"))
        try expect(rest.jobs.count == 1 && rest.next == nil, "the last page")
    }

    private static let counts = StoreLaw("list: jobs are counted by owner and state, as they would be listed") { sut in
        let worker = try await sut.worker()
        let (ada, bob) = (Owner(rawValue: "ada"), Owner(rawValue: "bob"))
        func count(_ owner: Owner? = nil, as requester: Requester = .operator) async throws -> JobCounts {
            try await sut.store.counts(of: owner, as: requester)
        }
        try expectEqual(try await count(), JobCounts(), "an empty queue")
        try await sut.submit(owner: "ada")
        try await worker.settle(try await worker.take(), .complete([]))
        try await sut.submit(owner: "ada") { $0.priority = .high }
        _ = try await worker.take()
        try await sut.submit(owner: "ada") { $0.delay = .seconds(100) }
        for _ in 0..<3 { try await sut.submit(owner: "bob") }
        let unwanted = try await sut.submit(owner: "bob").jobID
        _ = try await sut.store.cancel(unwanted, mode: .now, as: .operator)
        let adas = JobCounts([.complete: 1, .processing: 1, .scheduled: 1])
        let bobs = JobCounts([.queued: 3, .cancelled: 1])
        let all = JobCounts([.complete: 1, .processing: 1, .scheduled: 1, .queued: 3, .cancelled: 1])
        try expectEqual(try await count(), all, "all")
        try expectEqual(try await count(ada), adas, "one owner's")
        try expectEqual(try await count(as: .owner(bob)), bobs, "an owner's own")
        try expectEqual(try await count(bob, as: .owner(bob)), bobs, "an owner's own, by name")
        try expectEqual(try await count(ada, as: .owner(bob)), JobCounts(), "somebody else's")
        for stranger in ["carol", "", "\u{1}"].map(Owner.init(rawValue:)) {
            try expectEqual(try await count(stranger), JobCounts(), "a stranger's")
            try expectEqual(try await count(as: .owner(stranger)), JobCounts(), "a stranger's own")
        }
    }

    private static let listFilters = StoreLaw("list: every condition of a filter must hold") { sut in
        let worker = try await sut.worker()
        let conversation = ConversationID(rawValue: "c")
        let drawn = try await sut.submit(owner: "a").jobID
        _ = try await worker.take()
        let waiting = try await sut.submit(owner: "a") { $0.conversation = conversation }.jobID
        let foreign = try await sut.submit(owner: "b") { $0.conversation = conversation }.jobID
        let batch = try await sut.store.submit(["x", "y"].map { Submission(request: .init(prompt: $0)) }).map(\.jobID)
        let batchID = try unwrap(try await sut.job(batch[0]).batch, "a batch")
        func list(_ filter: JobFilter) async throws -> Set<JobID> {
            Set(try await sut.store.jobs(matching: filter, as: .operator, after: nil, limit: 100).jobs.map(\.id))
        }
        let owner = Owner(rawValue: "a")
        try expectEqual(try await list(JobFilter()), [drawn, waiting, foreign, batch[0], batch[1]], "all")
        try expectEqual(try await list(JobFilter(states: [.processing])), [drawn], "by state")
        try expectEqual(try await list(JobFilter(owner: owner)), [drawn, waiting], "by owner")
        try expectEqual(try await list(JobFilter(conversation: conversation)), [waiting, foreign], "by conversation")
        try expectEqual(try await list(JobFilter(batch: batchID)), Set(batch), "by batch")
        try expectEqual(try await list(JobFilter(jobs: [drawn, foreign, .make()])), [drawn, foreign], "by name")
        try expectEqual(try await list(JobFilter(jobs: [])), [], "no jobs")
        try expectEqual(try await list(JobFilter(states: [])), [], "no states")
        try expectEqual(
            try await list(JobFilter(jobs: [waiting, foreign], states: [.queued], owner: owner)),
            [waiting],
            "all together"
        )
    }

    private static let jobsAreOwners = StoreLaw("list: somebody else's job is not found") { sut in
        let owner = Owner(rawValue: "a")
        let receipt = try await sut.submit(owner: "a")
        let stranger = Requester.owner(Owner(rawValue: "b"))
        try expect(try await sut.store.job(receipt.jobID, as: stranger) == nil, "read by a stranger")
        try expect(try await sut.store.job(receipt.jobID, as: .owner(.nobody)) == nil, "read by nobody")
        try expect(try await sut.store.job(receipt.jobID, as: .owner(owner)) != nil, "read by its owner")
        try expect(try await sut.store.job(.make(), as: .operator) == nil, "a job that never was")
        let filter = JobFilter(jobs: [receipt.jobID], owner: owner)
        let listed = try await sut.store.jobs(matching: filter, as: stranger, after: nil, limit: 10).jobs
        try expectEqual(listed, [], "listed by a stranger")
        let snapshot = try await sut.store.snapshot(matching: filter, as: stranger).jobs
        try expectEqual(snapshot, [], "in a stranger's snapshot")
    }
}
