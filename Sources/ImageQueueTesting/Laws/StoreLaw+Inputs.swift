internal import ImageQueueCore

extension StoreLaw {
    static let inputLaws = [inputsStay, inputsAreShared, inputsAreKeyed, inputsOfOthers, parents]

    private static func file(_ seed: UInt32) throws -> InputFile {
        try InputFile(TinyPNG.bytes(seed: seed, width: 64, height: 64))
    }

    private static func drawnOver(_ picture: InputFile, mask: InputFile? = nil) -> Submission {
        var request = ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: picture.image)
        request.mask = mask.map { ImageMask($0.image) }
        return Submission(request: .imageToImage(request), inputs: [picture] + (mask.map { [$0] } ?? []))
    }

    private static func submit(_ submission: Submission, to sut: StoreUnderTest) async throws -> SubmitReceipt {
        try unwrap(try await sut.store.submit([submission]).first, "a receipt")
    }

    private static let inputsStay = StoreLaw("inputs: a job's pictures come back byte for byte until it is pruned") {
        sut in
        let (picture, mask) = (try file(1), try file(2))
        let receipt = try await submit(drawnOver(picture, mask: mask), to: sut)
        func kept() async throws -> [InputFile] { try await sut.store.inputs(of: receipt.jobID, as: .operator) }
        try expectEqual(Set(try await kept().map(\.bytes)), [picture.bytes, mask.bytes], "the bytes")
        try expectEqual(Set(try await kept().map(\.image)), [picture.image, mask.image], "their names")
        let worker = try await sut.worker()
        let claimed = try await worker.take()
        try expectEqual(claimed.job.request.inputs, [picture.image, mask.image], "the request names them")
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        try expectEqual(try await kept().count, 2, "an ended job keeps them, so that it can be drawn again")
        sut.clock.advance(by: .seconds(3_600))
        _ = try await sut.store.prune(olderThan: .seconds(60), limit: 100)
        try expectEqual(try await kept(), [], "a pruned job has none")
        try expectEqual(try await sut.store.inputs(of: .make(), as: .operator), [], "nor has an unknown one")
        let plain = try await sut.submit()
        try expectEqual(try await sut.store.inputs(of: plain.jobID, as: .operator), [], "nor one that draws from words")
    }

    private static let inputsAreShared = StoreLaw("inputs: a picture of two jobs stays while one of them is kept") {
        sut in
        let picture = try file(3)
        let first = try await submit(drawnOver(picture), to: sut)
        let second = try await submit(drawnOver(picture), to: sut)
        _ = try await sut.store.cancel(first.jobID, mode: .now, as: .operator)
        sut.clock.advance(by: .seconds(3_600))
        _ = try await sut.store.prune(olderThan: .seconds(60), limit: 100)
        let kept = try await sut.store.inputs(of: second.jobID, as: .operator)
        try expectEqual(kept.map(\.bytes), [picture.bytes], "the other job's picture")
        let third = try await submit(drawnOver(picture), to: sut)
        let again = try await sut.store.inputs(of: third.jobID, as: .operator)
        try expectEqual(again.map(\.bytes), [picture.bytes], "and a new job's")
    }

    private static let inputsAreKeyed = StoreLaw("inputs: a key with other pictures is a conflict, and stores nothing")
    { sut in
        var submission = drawnOver(try file(4))
        submission.key = "k"
        let first = try await submit(submission, to: sut)
        let repeated = try await submit(submission, to: sut)
        try expectEqual(repeated.jobID, first.jobID, "the same picture is the same job")
        var other = drawnOver(try file(5))
        other.key = "k"
        let refused = other
        try await expectRefusal(.keyConflict, "other pictures under the same key") {
            _ = try await sut.store.submit([refused])
        }
        let all = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs
        try expectEqual(all.map(\.id), [first.jobID], "the jobs")
    }

    private static let inputsOfOthers = StoreLaw("inputs: somebody else's pictures are not told") { sut in
        var submission = drawnOver(try file(6))
        submission.owner = Owner(rawValue: "a")
        let receipt = try await submit(submission, to: sut)
        func told(_ owner: String) async throws -> [InputFile] {
            try await sut.store.inputs(of: receipt.jobID, as: .owner(Owner(rawValue: owner)))
        }
        try expectEqual(try await told("b").count, 0, "a stranger's")
        try expectEqual(try await told("a").count, 1, "the owner's")
    }

    private static let parents = StoreLaw("inputs: the result of an upscale names its parent, in its message too") {
        sut in
        let source = try await sut.submit()
        let picture = try file(7)
        var request = UpscaleRequest(image: picture.image)
        request.parent = ImageParent(job: source.jobID, number: 3)
        request.caption = "büyük kedi"
        let receipt = try await submit(Submission(request: .upscale(request), inputs: [picture]), to: sut)
        let parent: JSONValue = ["job_id": .string(source.jobID.description), "number": 3]
        try expectEqual(receipt.metadata["parent"], parent, "the receipt's parent")
        try expectEqual(receipt.metadata["prompt"], "büyük kedi", "its caption")
        _ = try await sut.store.cancel(source.jobID, mode: .now, as: .operator)
        let worker = try await sut.worker()
        let claimed = try await worker.take()
        try expectEqual(claimed.job.request, .upscale(request), "the request")
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        let image = try unwrap(try await sut.job(receipt.jobID).images.first, "a picture")
        try expectEqual(image.parent, request.parent, "the picture's parent")
        try expect(image.seed == nil, "an upscale has no seed")
        try expectEqual(try await sut.message(receipt.messageID).metadata["parent"], parent, "the message's parent")
        let plain = try await sut.submit()
        let drawn = try await worker.take()
        try await worker.settle(drawn, .complete([drawn.picture(0)]))
        try expect(try await sut.job(plain.jobID).images.first?.parent == nil, "a drawn picture has none")
    }
}
