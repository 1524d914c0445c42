internal import ImageQueueCore

extension StoreLaw {
    static let endingLaws = [completeMessage, errorMessage, errorMessageWithPictures, messageOnlyAtTheEnds]

    private static let completeMessage = StoreLaw("ending: a complete job's message has exactly its metadata") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit("kedi çiz") {
            $0.metadata = ["client": "web"]
            $0.request.drawing?.pictureCount = 2
        }
        let claimed = try await worker.take()
        sut.clock.advance(by: .seconds(9))
        try await worker.settle(claimed, .complete([claimed.picture(0), claimed.picture(1)]))
        let message = try await sut.message(receipt.messageID)
        let urls = [claimed.picture(0), claimed.picture(1)].map { "/images/\($0.path)" }
        let wanted: Metadata = [
            "type": "image", "job_id": .string(receipt.jobID.description), "status": "complete", "prompt": "kedi çiz",
            "progress": 100, "image_url": .string(urls[0]), "image_urls": .array(urls.map(JSONValue.string)),
            "client": "web",
        ]
        try expectEqual(message.metadata, wanted, "the metadata")
        try expectEqual(message.content, "[IMAGE] kedi çiz", "the text")
        try expectEqual(message.updatedAt, sut.clock.wall, "the change")
        try expectEqual(try await sut.job(receipt.jobID).metadata, wanted, "the job's metadata")
    }

    private static let errorMessage = StoreLaw("ending: a cancelled job's message has exactly its metadata") { sut in
        let receipt = try await sut.submit("kedi çiz")
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        let message = try await sut.message(receipt.messageID)
        let wanted: Metadata = [
            "type": "image", "job_id": .string(receipt.jobID.description), "status": "error", "prompt": "kedi çiz",
            "error": "Cancelled.", "error_code": "cancelled",
        ]
        try expectEqual(message.metadata, wanted, "the metadata")
        try expectEqual(message.content, "[IMAGE_ERROR] Cancelled.", "the text")
    }

    private static let errorMessageWithPictures = StoreLaw("ending: a failed job's message names what had come") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit("kedi çiz") { $0.request.drawing?.pictureCount = 3 }
        let claimed = try await worker.take()
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        try await worker.settle(claimed, .failed(failure))
        let message = try await sut.message(receipt.messageID)
        let url = JSONValue.string("/images/\(claimed.picture(0).path)")
        let wanted: Metadata = [
            "type": "image", "job_id": .string(receipt.jobID.description), "status": "error", "prompt": "kedi çiz",
            "error": .string(failure.message), "error_code": "backend_failed", "image_url": url, "image_urls": [url],
        ]
        try expectEqual(message.metadata, wanted, "the metadata")
        try expectEqual(message.content, "[IMAGE_ERROR] \(failure.message)", "the text")
        let event = try await sut.events(of: receipt.jobID).last
        try expectEqual(event?.imageURLs, ["/images/\(claimed.picture(0).path)"], "the event's pictures")
    }

    private static let messageOnlyAtTheEnds = StoreLaw("ending: between submit and end the message stays as it was") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let before = try await sut.message(receipt.messageID)
        sut.clock.advance(by: .seconds(1))
        let first = try await worker.take()
        try await sut.store.report(JobProgress(fraction: 0.5, picturesDone: 0), for: first.lease)
        try await worker.settle(first, .retry(failure, after: .zero))
        let second = try await worker.take(reserving: true)
        try await sut.store.begin(second.lease)
        _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(try await sut.message(receipt.messageID), before, "the message")
    }
}
