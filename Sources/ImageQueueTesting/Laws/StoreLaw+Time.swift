internal import ImageQueueCore

extension StoreLaw {
    static let timeLaws =
        looks.map(expiredBy) + looks.map(dueBy) + looks.map(raisedBy) + [
            drawnIsNotExpired, expiredNotDrawn, sweptByPortions,
        ]

    /// Everything that settles what is overdue without a worker's claim.
    private static let looks = [
        Look("a sweep") { store, _ in try await store.sweep() },
        Look("a status") { store, job in _ = try await store.job(job, as: .operator) },
        Look("a list") { store, _ in
            _ = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 1)
        },
        Look("a snapshot") { store, _ in _ = try await store.snapshot(matching: JobFilter(), as: .operator) },
    ]

    private struct Look: Sendable {
        let name: String
        let look: @Sendable (any JobStore, JobID) async throws -> Void

        init(_ name: String, _ look: @escaping @Sendable (any JobStore, JobID) async throws -> Void) {
            self.name = name
            self.look = look
        }
    }

    private static func expiredBy(_ look: Look) -> StoreLaw {
        StoreLaw("time: a job past its deadline is failed by \(look.name) alone") { sut in
            let waiting = try await sut.submit { $0.deadline = .seconds(60) }
            let scheduled = try await sut.submit {
                $0.deadline = .seconds(60)
                $0.delay = .seconds(90)
            }
            let other = try await sut.submit()
            sut.clock.advance(by: .milliseconds(59_999))
            try await look.look(sut.store, waiting.jobID)
            let start = try await sut.cursor()
            try expectEqual(start.sequence, 3, "events before the deadline")
            sut.clock.advance(by: .milliseconds(1))
            try await look.look(sut.store, other.jobID)
            // The log settles nothing by itself: it shows what the look did.
            let events = try await sut.store.events(after: start, matching: JobFilter(), as: .operator, limit: 10)
            try expectEqual(Set(events?.map(\.jobID) ?? []), [waiting.jobID, scheduled.jobID], "who has ended")
            for event in events ?? [] {
                try expectEqual(event.failure, .expired, "the failure")
                try expect(event.kind == .error && event.isFinal, "a final ERROR")
            }
            try expectEqual(try await sut.job(waiting.jobID).state, .failed, "the state")
            let message = try await sut.message(waiting.messageID)
            try expectEqual(message.metadata["error_code"], .string("expired"), "what the message says")
            try expectEqual(try await sut.store.sweep(), 0, "nothing is left to do")
        }
    }

    private static func dueBy(_ look: Look) -> StoreLaw {
        StoreLaw("time: a scheduled job waits in the queue after \(look.name) alone") { sut in
            let early = try await sut.submit { $0.delay = .seconds(10) }
            let late = try await sut.submit { $0.delay = .seconds(20) }
            sut.clock.advance(by: .seconds(10))
            try await look.look(sut.store, late.jobID)
            try expectEqual(try await sut.store.sweep(), 0, "what the look has left to do")
            let job = try await sut.job(early.jobID)
            try expect(job.state == .queued && job.position == 1, "the early one is queued")
            try expectEqual(try await sut.job(late.jobID).state, .scheduled, "the late one")
        }
    }

    private static func raisedBy(_ look: Look) -> StoreLaw {
        StoreLaw("time: a long wait is rewarded by \(look.name) alone, once") { sut in
            let old = try await sut.submit(priority: .low)
            for wait in [Duration.seconds(600), .seconds(6_000)] {
                sut.clock.advance(by: wait)
                try await look.look(sut.store, old.jobID)
                try expectEqual(try await sut.store.sweep(), 0, "what the look has left to do")
                let job = try await sut.job(old.jobID)
                try expectEqual(job.priority, .normal, "the priority after \(wait)")
                try expectEqual(job.submittedPriority, .low, "the one that it was submitted with")
            }
        }
    }

    private static let drawnIsNotExpired = StoreLaw("time: a job in a worker's hands has no deadline any more") { sut in
        let worker = try await sut.worker()
        let drawn = try await sut.submit { $0.deadline = .seconds(60) }
        _ = try await worker.take()
        let reserved = try await sut.submit { $0.deadline = .seconds(60) }
        let claimed = try await worker.take(reserving: true)
        sut.clock.advance(by: .seconds(61))
        try expectEqual(try await sut.store.sweep(), 0, "jobs that a sweep changes")
        try expectEqual(try await sut.job(drawn.jobID).state, .processing, "the drawn one")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .held, "the reserved one")
        try await worker.settle(claimed, .released(after: .zero))
        try expectEqual(try await sut.job(reserved.jobID).failure, .expired, "given back, it has")
    }

    private static let expiredNotDrawn = StoreLaw("time: what no sweep has come to yet is not drawn past its deadline")
    {
        sut in
        let worker = try await sut.worker()
        let named = try await sut.submit { $0.deadline = .seconds(10) }
        let jobs = try await sut.worker(2, scope: .jobs([named.jobID]))
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.deadline = .seconds(5)
        _ = try await sut.store.submit(Array(repeating: submission, count: 250))
        let fresh = try await sut.submit()
        sut.clock.advance(by: .seconds(10))
        try expect(try await jobs.isIdle(), "not by name either")
        try expectEqual(try await worker.take().job.id, fresh.jobID, "the job that is drawn")
    }

    private static let sweptByPortions = StoreLaw("time: of each kind at most 100 jobs are moved at once") { sut in
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.delay = .seconds(10)
        _ = try await sut.store.submit(Array(repeating: submission, count: 150))
        submission.deadline = .seconds(10)
        _ = try await sut.store.submit(Array(repeating: submission, count: 120))
        sut.clock.advance(by: .seconds(10))
        try expectEqual(try await sut.store.sweep(), 200, "the first sweep")
        try expectEqual(try await sut.store.sweep(), 70, "the second sweep")
        try expectEqual(try await sut.store.sweep(), 0, "the third sweep")
    }
}
