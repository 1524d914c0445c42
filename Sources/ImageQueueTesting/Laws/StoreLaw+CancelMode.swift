internal import ImageQueueCore

extension StoreLaw {
    static let cancelModeLaws = [
        laterWaiting, laterHeld, laterLastPicture, laterReserved, tooLate, unbegunUntimed, laterDeadHolder,
        nowStrengthens, laterMatching,
    ]

    private static let laterWaiting = StoreLaw("cancel after the picture: a job that waits ends at once") { sut in
        let queued = try await sut.submit()
        let scheduled = try await sut.submit { $0.delay = .seconds(1) }
        for receipt in [queued, scheduled] {
            let outcome = try await sut.store.cancel(receipt.jobID, mode: .afterPicture, as: .operator)
            try expectEqual(outcome, .cancelled, "the outcome")
            try expectEqual(try await sut.job(receipt.jobID).failure, .cancelled, "the failure")
        }
    }

    private static let laterHeld = StoreLaw("cancel after the picture: it is stored, the rest is dropped") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 3 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        let outcome = try await sut.store.cancel(receipt.jobID, mode: .afterPicture, as: .operator)
        try expectEqual(outcome, .requested(stillDrawing: false), "the outcome")
        let standing = try await sut.store.standing(of: claimed.lease)
        try expectEqual(standing, .cancelRequested(.afterPicture), "the standing")
        try expect(try await sut.job(receipt.jobID).isCancelRequested, "isCancelRequested")
        try await sut.store.record(claimed.picture(1), for: claimed.lease)
        try expectEqual(try await worker.settle(claimed, .stopped(stillDrawing: false)), .cancelled, "the settlement")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.images, [claimed.picture(0), claimed.picture(1)], "the pictures")
        try expectEqual(job.failure, .cancelled, "the failure")
        try expectEqual(
            try await sut.events(of: receipt.jobID).last?.imageURLs,
            job.imageURLs,
            "what watchers are told"
        )
    }

    private static let laterLastPicture = StoreLaw("cancel after the picture: if it was the last, the job is complete")
    {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        _ = try await sut.store.cancel(receipt.jobID, mode: .afterPicture, as: .operator)
        try expectEqual(try await worker.settle(claimed, .complete([claimed.picture(0)])), .complete, "the settlement")
        try expectEqual(try await sut.job(receipt.jobID).failure, nil, "no failure")
    }

    private static let laterReserved = StoreLaw("cancel after the picture: a reserved job is not begun any more") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take(reserving: true)
        let outcome = try await sut.store.cancel(receipt.jobID, mode: .afterPicture, as: .operator)
        try expectEqual(outcome, .requested(stillDrawing: false), "the outcome")
        try await expectRefusal(.staleLease, "its begin") { try await sut.store.begin(claimed.lease) }
        try expectEqual(try await worker.settle(claimed, .released(after: .zero)), .cancelled, "the settlement")
    }

    private static let tooLate = StoreLaw("cancel: a reserved job whose request had left shows what was drawn of it") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let claimed = try await worker.take(reserving: true)
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try await expectRefusal(.staleLease, "its begin") { try await sut.store.begin(claimed.lease) }
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        try expectEqual(try await sut.job(receipt.jobID).images, [claimed.picture(0)], "the first picture")
        let ending = AttemptEnding.complete([claimed.picture(1)])
        try expectEqual(try await worker.settle(claimed, ending), .complete, "the settlement")
        let job = try await sut.job(receipt.jobID)
        try expectEqual(job.images, [claimed.picture(0), claimed.picture(1)], "the pictures")
        try expect(job.startedAt != nil, "startedAt")
        let told = try await sut.events(of: receipt.jobID).last?.imageURLs
        try expectEqual(told, job.imageURLs, "what watchers are told")
        let message = try await sut.store.message(receipt.messageID, as: .operator)
        let urls = JSONValue.array(job.imageURLs.map(JSONValue.string))
        try expectEqual(message?.metadata["image_urls"], urls, "the message")
    }

    private static let unbegunUntimed = StoreLaw(
        "cancel: what was drawn without its begin says nothing of the usual time"
    ) {
        sut in
        let worker = try await sut.worker()
        let usual = try await sut.submit()
        let drawn = try await worker.take()
        sut.clock.advance(by: .seconds(10))
        try await worker.settle(drawn, .complete([drawn.picture(0)]))
        let retried = try await sut.submit()
        try await worker.settle(try await worker.take(), .retry(.cancelled, after: .zero))
        sut.clock.advance(by: .seconds(500))
        let claimed = try await worker.take(reserving: true)
        _ = try await sut.store.cancel(retried.jobID, mode: .now, as: .operator)
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let next = try await sut.submit()
        try expectEqual(try await sut.job(next.jobID).estimated, .seconds(10), "the estimate")
        try expectEqual(try await sut.job(usual.jobID).state, .complete, "the first")
    }

    private static let laterDeadHolder = StoreLaw("cancel after the picture: a dead holder's job ends at once") { sut in
        let worker = try await sut.worker(1)
        let first = try await sut.submit()
        let second = try await sut.submit()
        _ = try await worker.take()
        _ = try await sut.store.cancel(first.jobID, mode: .afterPicture, as: .operator)
        _ = try await worker.take()
        try await sut.killWorker(worker.id)
        let outcome = try await sut.store.cancel(second.jobID, mode: .afterPicture, as: .operator)
        try expectEqual(outcome, .cancelled, "the outcome after its death")
        try await sut.store.sweep()
        try expectEqual(try await sut.job(first.jobID).state, .cancelled, "a wish from before outlives it")
    }

    private static let nowStrengthens = StoreLaw("cancel: now replaces after the picture, never the other way round") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        for (mode, wanted) in [(CancelMode.afterPicture, CancelMode.afterPicture), (.now, .now), (.afterPicture, .now)]
        {
            let outcome = try await sut.store.cancel(receipt.jobID, mode: mode, as: .operator)
            try expectEqual(outcome, .requested(stillDrawing: false), "the outcome of \(mode)")
            let standing = try await sut.store.standing(of: claimed.lease)
            try expectEqual(standing, .cancelRequested(wanted), "the standing after \(mode)")
        }
    }

    private static let laterMatching = StoreLaw("cancel after the picture: by filter, each job as it stands") { sut in
        let worker = try await sut.worker()
        let held = try await sut.submit()
        let claimed = try await worker.take()
        let waiting = try await sut.submit()
        let outcomes = try await sut.store.cancel(matching: JobFilter(), mode: .afterPicture, as: .operator)
        let wanted: [JobID: CancelOutcome] = [held.jobID: .requested(stillDrawing: false), waiting.jobID: .cancelled]
        try expectEqual(outcomes, wanted, "the outcomes")
        let standing = try await sut.store.standing(of: claimed.lease)
        try expectEqual(standing, .cancelRequested(.afterPicture), "the standing")
    }
}
