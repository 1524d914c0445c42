internal import ImageQueueCore

extension StoreLaw {
    static let cancelLaws = [
        cancelWaiting, cancelHeld, cancelReserved, cancelDeadHolder, cancelHungHolder, cancelEnded, cancelNotFound,
        completeAfterCancel, everyEndingAfterCancel, noOtherAttempt, cancelMatching, cancelMany, manyAsEach,
        cancelledStillDrawing, cancelledHolderDies, cancelUninterruptible,
    ]

    private static let cancelWaiting = StoreLaw("cancel: a job that waits ends at once") { sut in
        let worker = try await sut.worker()
        let queued = try await sut.submit()
        let behind = try await sut.submit()
        let scheduled = try await sut.submit { $0.delay = .seconds(1) }
        for receipt in [queued, scheduled] {
            try expectEqual(
                try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator),
                .cancelled,
                "the outcome"
            )
            let job = try await sut.job(receipt.jobID)
            try expectEqual(job.state, .cancelled, "the state")
            try expectEqual(job.failure, .cancelled, "the failure")
            try expectEqual(job.finishedAt, sut.clock.wall, "the end")
        }
        try expectEqual(try await sut.job(behind.jobID).position, 1, "the next one's position")
        sut.clock.advance(by: .seconds(1))
        try expectEqual(try await worker.take().job.id, behind.jobID, "the next job")
        try expect(try await worker.isIdle(), "a cancelled job is never claimed")
    }

    private static let cancelHeld = StoreLaw("cancel: the holder of a job is asked, and ends it") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        let outcome = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(outcome, .requested(stillDrawing: false), "the outcome")
        let again = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(again, .requested(stillDrawing: false), "the outcome of a second wish")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.state, .processing, "the state until the holder ends it")
        try expect(job.isCancelRequested, "isCancelRequested")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .cancelRequested(.now), "the standing")
        try expectEqual(try await sut.events().count, 1, "a wish is not logged")
        try expectEqual(try await worker.settle(claimed, .stopped(stillDrawing: false)), .cancelled, "the settlement")
        let ended = try await sut.job(receipt.jobID)
        try expectEqual(ended.failure, .cancelled, "the failure")
        try expectEqual(ended.images, [claimed.picture(0)], "pictures that had come stay")
    }

    private static let cancelUninterruptible = StoreLaw(
        "cancel: where its backend can't be stopped it is said at once, by what the holder has told of it"
    ) { sut in
        let worker = try await sut.worker()
        let drawn = try await sut.submit()
        let reserved = try await sut.submit()
        let first = try await worker.take()
        _ = try await worker.take(reserving: true)
        func cancel(_ job: JobID, _ mode: CancelMode = .now) async throws -> CancelOutcome {
            try await sut.store.cancel(job, mode: mode, as: .operator)
        }
        func tell(_ kinds: Set<ImageRequest.Kind>, by teller: WorkerID) async throws {
            let report = BackendReport(breaker: .closed, isShared: true, interruptibleKinds: kinds)
            try await sut.store.note(report, on: worker.backend, by: teller)
        }
        try expectEqual(
            try await cancel(drawn.jobID, .afterPicture),
            .requested(stillDrawing: false),
            "before anything was told"
        )
        try await tell([], by: WorkerID.make())
        try expectEqual(try await cancel(drawn.jobID), .requested(stillDrawing: false), "told by nobody who holds it")
        try await tell([.imageToImage, .upscale], by: worker.id)
        try expectEqual(try await cancel(drawn.jobID), .requested(stillDrawing: true), "a kind that it can't stop")
        try expectEqual(try await cancel(reserved.jobID), .requested(stillDrawing: false), "one that is only reserved")
        let outcomes = try await sut.store.cancel(matching: JobFilter(jobs: [drawn.jobID]), mode: .now, as: .operator)
        try expectEqual(outcomes, [drawn.jobID: .requested(stillDrawing: true)], "one of many")
        try await tell([.textToImage], by: worker.id)
        try expectEqual(try await cancel(drawn.jobID), .requested(stillDrawing: false), "a kind that it can stop")
        try expectEqual(try await worker.settle(first, .stopped(stillDrawing: true)), .cancelled, "the settlement")
    }

    private static let cancelReserved = StoreLaw("cancel: a reserved job is not begun any more") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take(reserving: true)
        let outcome = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(outcome, .requested(stillDrawing: false), "the outcome")
        try await expectRefusal(.staleLease, "its begin") { try await sut.store.begin(claimed.lease) }
        try expectEqual(try await worker.settle(claimed, .stopped(stillDrawing: false)), .cancelled, "the settlement")
        try expectEqual(try await sut.job(receipt.jobID).startedAt, nil, "it never started")
    }

    private static let cancelDeadHolder = StoreLaw("cancel: a dead holder's job ends at once") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        try await sut.killWorker(worker.id)
        try expectEqual(try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator), .cancelled, "the outcome")
        try expectEqual(try await sut.job(receipt.jobID).state, .cancelled, "the state")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "the dead one's lease")
        try await sut.store.sweep()
        let events = try await sut.events(of: receipt.jobID)
        try expectEqual(events.filter(\.isFinal).count, 1, "final events")
    }

    private static let cancelHungHolder = StoreLaw("cancel: a hung holder's job ends at once after its lease") { sut in
        let worker = try await sut.worker(lease: .seconds(30))
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(31))
        try expectEqual(try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator), .cancelled, "the outcome")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "the hung one's lease")
    }

    private static let cancelEnded = StoreLaw("cancel: of a job that has ended says how, and changes nothing") { sut in
        let worker = try await sut.worker()
        let complete = try await sut.submit()
        let claimed = try await worker.take()
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let failed = try await sut.submit()
        try await worker.settle(try await worker.take(), .failed(failure))
        let cancelled = try await sut.submit()
        _ = try await sut.store.cancel(cancelled.jobID, mode: .now, as: .operator)
        for (receipt, state) in [(complete, JobState.complete), (failed, .failed), (cancelled, .cancelled)] {
            let before = try await sut.trace(of: receipt.jobID)
            let outcome = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
            try expectEqual(outcome, .alreadyEnded(state), "the outcome")
            try expectEqual(try await sut.trace(of: receipt.jobID), before, "nothing has changed")
        }
    }

    private static let cancelNotFound = StoreLaw("cancel: nobody's or somebody else's job is not found") { sut in
        try expectEqual(
            try await sut.store.cancel(.make(), mode: .now, as: .operator),
            .notFound,
            "a job that never was"
        )
        let receipt = try await sut.submit(owner: "a")
        let stranger = Requester.owner(Owner(rawValue: "b"))
        try expectEqual(
            try await sut.store.cancel(receipt.jobID, mode: .now, as: stranger),
            .notFound,
            "somebody else's"
        )
        try expectEqual(try await sut.job(receipt.jobID).state, .queued, "it goes on")
        let owner = Requester.owner(Owner(rawValue: "a"))
        try expectEqual(try await sut.store.cancel(receipt.jobID, mode: .now, as: owner), .cancelled, "one's own")
    }

    private static let completeAfterCancel = StoreLaw("cancel: a job whose pictures all came completes all the same") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(try await worker.settle(claimed, .complete([claimed.picture(0)])), .complete, "the settlement")
        let job = try await sut.job(receipt.jobID)
        try expect(job.state == .complete && job.failure == nil, "a complete job")
    }

    private static let everyEndingAfterCancel = StoreLaw("cancel: any other ending is an end as cancelled") { sut in
        let worker = try await sut.worker()
        let endings: [AttemptEnding] = [
            .failed(failure), .retry(failure, after: .zero), .retry(failure, after: .seconds(1)),
            .released(after: .zero), .released(after: .seconds(1)), .stopped(stillDrawing: false),
        ]
        for reserving in [false, true] {
            for ending in endings {
                let receipt = try await sut.submit()
                let claimed = try await worker.take(reserving: reserving)
                _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
                let what = "\(ending), reserved: \(reserving)"
                try expectEqual(try await worker.settle(claimed, ending), .cancelled, what)
                try expectEqual(try await sut.job(receipt.jobID).failure, .cancelled, "the failure: \(what)")
            }
        }
        sut.clock.advance(by: .seconds(2))
        try expect(try await worker.isIdle(), "none is offered again")
    }

    private static let noOtherAttempt = StoreLaw("cancel: who leaves with a cancelled job ends it") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        _ = try await worker.take()
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try await sut.store.unregister(worker.id)
        try expectEqual(try await sut.job(receipt.jobID).state, .cancelled, "the state")
    }

    private static let cancelMatching = StoreLaw("cancel: by filter hits what matches, is unfinished and one's own") {
        sut in
        let worker = try await sut.worker()
        let conversation = ConversationID(rawValue: "c")
        func add(_ owner: String) async throws -> JobID {
            let receipt = try await sut.submit(owner: owner) { $0.conversation = conversation }
            return receipt.jobID
        }
        let ended = try await add("a")
        try await worker.settle(try await worker.take(), .failed(failure))
        let held = try await add("a")
        _ = try await worker.take()
        let waiting = try await add("a")
        let foreign = try await add("b")
        let elsewhere = try await sut.submit(owner: "a").jobID
        let outcomes = try await sut.store.cancel(
            matching: JobFilter(conversation: conversation),
            mode: .now,
            as: .owner(Owner(rawValue: "a"))
        )
        try expectEqual(outcomes, [held: .requested(stillDrawing: false), waiting: .cancelled], "the outcomes")
        try expectEqual(try await sut.job(ended).state, .failed, "the ended one")
        try expectEqual(try await sut.job(foreign).state, .queued, "somebody else's")
        try expectEqual(try await sut.job(elsewhere).state, .queued, "one of another conversation")
    }

    private static let cancelMany = StoreLaw("cancel: of many by filter, or by name, none is left out") { sut in
        func submitted(_ owner: String) async throws -> [JobID] {
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            var batch = Array(repeating: submission, count: 250)
            for index in batch.indices { batch[index].owner = Owner(rawValue: owner) }
            return try await sut.store.submit(batch).map(\.jobID)
        }
        let mine = try await submitted("a")
        let other = try await submitted("b")
        let filter = JobFilter(owner: Owner(rawValue: "a"))
        let byFilter = try await sut.store.cancel(matching: filter, mode: .now, as: .operator)
        try expectEqual(Set(byFilter.keys), Set(mine), "those meant by the filter")
        let byName = try await sut.store.cancel(
            matching: JobFilter(jobs: Set(mine.suffix(5) + other)),
            mode: .now,
            as: .operator
        )
        try expectEqual(Set(byName.keys), Set(other), "those meant by name, but for the ended ones")
        try expect(byFilter.merging(byName) { $1 }.values.allSatisfy { $0 == .cancelled }, "the outcomes")
        try expect(
            try await sut.store.jobs(
                matching: JobFilter(states: JobFilter.unfinished),
                as: .operator,
                after: nil,
                limit: 1
            ).jobs.isEmpty,
            "all have ended"
        )
    }

    private static let manyAsEach = StoreLaw("cancel: many by filter end as each of them would alone") { sut in
        let worker = try await sut.worker()
        func waiting(_ owner: String) async throws -> [JobID] {
            let drawn = try await sut.submit("drawn before", owner: owner, priority: .high) {
                $0.request.drawing?.pictureCount = 2
            }
            let claimed = try await worker.take()
            try await sut.store.record(claimed.picture(0), for: claimed.lease)
            try await worker.settle(claimed, .released(after: .seconds(9)))
            let reserved = try await sut.submit("reserved before", owner: owner, priority: .high)
            try await worker.settle(try await worker.take(reserving: true), .released(after: .seconds(9)))
            let queued = try await sut.submit("\u{202E}kedi \"çiz\"", owner: owner)
            let another = try await sut.submit("another", owner: owner)
            let scheduled = try await sut.submit("later", owner: owner) { $0.delay = .seconds(9) }
            let own = try await sut.submit("for one worker", owner: owner) { $0.reservedFor = worker.id }
            return [drawn, reserved, queued, another, scheduled, own].map(\.jobID)
        }
        func told(_ id: JobID) async throws -> String {
            let job = try await sut.job(id)
            let message = try await sut.message(job.messageID)
            let last = try unwrap(try await sut.events(of: id).last, "an event")
            let metadata = message.metadata.sorted { $0.key < $1.key }
            let parts: [Any?] = [
                job.state, job.isCancelRequested, job.attempt, job.position, job.failure, job.startedAt, job.finishedAt,
                job.images.map(\.path), message.content, metadata, message.updatedAt, last.kind, last.isFinal,
                last.status, last.prompt, last.position, last.imageURLs, last.failure, last.attempt, last.at,
            ]
            return "\(parts)".replacing(id.description, with: "its id")
        }
        let alone = try await waiting("alone")
        let many = try await waiting("many")
        sut.clock.advance(by: .seconds(1))
        for id in alone {
            try expectEqual(try await sut.store.cancel(id, mode: .now, as: .operator), .cancelled, "one alone")
        }
        let start = try await sut.cursor()
        let filter = JobFilter(owner: Owner(rawValue: "many"))
        let outcomes = try await sut.store.cancel(matching: filter, mode: .now, as: .operator)
        try expectEqual(outcomes, Dictionary(uniqueKeysWithValues: many.map { ($0, .cancelled) }), "the outcomes")
        try expectEqual(try await sut.events(after: start).map(\.jobID), many, "the events, in the jobs' order")
        for (one, other) in zip(alone, many) {
            try expectEqual(try await told(other), try await told(one), "what is told")
        }
        try expect(try await told(many[0]).contains("its id"), "the picture that had come is told")
    }

    private static let cancelledStillDrawing = StoreLaw("cancel: a backend that goes on drawing is told of") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(try await worker.settle(claimed, .stopped(stillDrawing: true)), .cancelled, "the settlement")
        try expectEqual(try await sut.job(receipt.jobID).failure, .cancelledStillDrawing, "the failure")
    }

    private static let cancelledHolderDies = StoreLaw("cancel: a wish outlives its holder") { sut in
        let worker = try await sut.worker(1)
        let receipt = try await sut.submit()
        _ = try await worker.take()
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try await sut.killWorker(worker.id)
        let other = try await sut.worker(2)
        try expect(try await other.isIdle(), "a cancelled job starts no other attempt")
        try expectEqual(try await sut.job(receipt.jobID).state, .cancelled, "the state")
    }
}
