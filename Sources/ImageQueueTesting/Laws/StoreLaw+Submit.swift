internal import ImageQueueCore

extension StoreLaw {
    static let submitLaws = [
        receiptNamesAll, pendingMessage, hostMetadata, userMessageFirst, seedResolved, batchShared, batchWhole,
        delayed, queueFull, ownerShare, fullBatches, unknownWorker, idsRise, storedRequest,
    ]

    private static let receiptNamesAll = StoreLaw("submit: the receipt names message, job and position") { sut in
        let first = try await sut.submit("bir")
        let second = try await sut.submit("iki")
        try expectEqual(first.position, 1, "the first job's position")
        try expectEqual(second.position, 2, "the second job's position")
        try expect(first.messageID < second.messageID, "message ids must rise")
        try expect(!first.isRepeat && first.userMessageID == nil, "a plain receipt")
        try expectEqual(first.metadata["job_id"], .string(first.jobID.description), "job_id in the receipt")
        let job = try await sut.job(first.jobID)
        try expectEqual(job.messageID, first.messageID, "the job's message")
        try expectEqual(job.state, .queued, "the job's state")
        try expectEqual(job.attempt, 0, "attempts before the first")
        try expectEqual(job.createdAt, sut.clock.wall, "the job's creation")
        try expectEqual(job.metadata, first.metadata, "the job's metadata")
        try expectEqual(try await sut.events().map(\.kind), [.queued, .queued], "the log")
    }

    private static let pendingMessage = StoreLaw("submit: the message waits as ImageMessage says") { sut in
        let prompt = "bir kedi " + String(repeating: "ç", count: 200)
        try await sut.submit("before")
        let receipt = try await sut.submit(prompt, owner: "ayşe") {
            $0.conversation = ConversationID(rawValue: "sohbet")
        }
        let message = try await sut.message(receipt.messageID)
        try expectEqual(message.content, ImageMessage.pendingContent(prompt: prompt), "the text")
        let wanted = ImageMessage.pendingMetadata(job: receipt.jobID, position: 2, prompt: prompt)
        try expectEqual(message.metadata, wanted, "the metadata")
        try expectEqual(receipt.metadata, wanted, "the receipt's metadata")
        try expectEqual(message.role, .assistant, "the role")
        try expectEqual(message.owner.rawValue, "ayşe", "the owner")
        try expectEqual(message.conversation.rawValue, "sohbet", "the conversation")
        try expectEqual(message.createdAt, sut.clock.wall, "the creation")
    }

    private static let hostMetadata = StoreLaw("submit: the host's own metadata is kept beside the queue's") { sut in
        let receipt = try await sut.submit { $0.metadata = ["client": ["tab": 3, "tags": ["a", nil]]] }
        let metadata = try await sut.message(receipt.messageID).metadata
        try expectEqual(metadata["client"], ["tab": 3, "tags": ["a", nil]], "the host's value")
        try expectEqual(metadata["status"], "queued", "the queue's value")
    }

    private static let userMessageFirst = StoreLaw("submit: the user's words are the message right before") { sut in
        let conversation = ConversationID(rawValue: "c")
        let receipt = try await sut.submit(owner: "a") {
            $0.conversation = conversation
            $0.userMessage = "bana kedi çiz"
        }
        let user = try await sut.message(try unwrap(receipt.userMessageID, "the user's message"))
        try expectEqual(user.content, "bana kedi çiz", "the words")
        try expectEqual(user.role, .user, "the role")
        try expectEqual(user.owner.rawValue, "a", "the owner")
        try expectEqual(user.metadata, [:], "no metadata")
        let all = try await sut.store.messages(of: conversation, as: .operator, after: nil, limit: 10)
        try expectEqual(all.map(\.id), [user.id, receipt.messageID], "the conversation's order")
    }

    private static let seedResolved = StoreLaw("submit: a seed of -1 is resolved once; a given seed is kept") { sut in
        var seeds: Set<Int64> = []
        for _ in 0..<4 {
            let seed = try unwrap(try await sut.job(try await sut.submit().jobID).request.drawing?.seed, "a seed")
            try expect((0...Int64(UInt32.max)).contains(seed), "a resolved seed is a UInt32, not \(seed)")
            seeds.insert(seed)
        }
        try expect(seeds.count > 1, "resolved seeds must differ")
        let given = try await sut.submit { $0.request.drawing?.seed = 4_294_967_295 }
        try expectEqual(try await sut.job(given.jobID).request.drawing?.seed, 4_294_967_295, "a given seed")
    }

    private static let batchShared = StoreLaw("submit: jobs of one call share a batch id, a single one has none") {
        sut in
        let receipts = try await sut.store.submit(["a", "b", "c"].map { Submission(request: .init(prompt: $0)) })
        try expectEqual(receipts.map(\.position), [1, 2, 3], "positions in the order of the call")
        let batch = try unwrap(try await sut.job(receipts[0].jobID).batch, "a batch id")
        for (index, receipt) in receipts.enumerated() {
            let job = try await sut.job(receipt.jobID)
            try expectEqual(job.batch, batch, "the batch of job \(index)")
            try expectEqual(job.metadata["batch_id"], .string(batch.description), "batch_id in the message")
            try expectEqual(job.request.prompt, ["a", "b", "c"][index], "the order of receipts")
        }
        let original = try await sut.submit()
        let again = try await sut.submit { $0.retryOf = original.jobID }
        let job = try await sut.job(again.jobID)
        try expectEqual(job.batch, nil, "the batch of a single job")
        try expectEqual(job.metadata["batch_id"], nil, "batch_id of a single job")
        try expectEqual(job.retryOf, original.jobID, "the job that is tried again")
        try expectEqual(job.metadata["retry_of"], .string(original.jobID.description), "retry_of in the message")
    }

    private static let batchWhole = StoreLaw("submit: jobs of one call are stored all or none") { sut in
        let conversation = ConversationID(rawValue: "c")
        try await sut.submit("taken") { $0.key = "k" }
        let before = try await sut.cursor()
        var good = Submission(request: TextToImageRequest(prompt: "good"))
        good.conversation = conversation
        good.userMessage = "words"
        good.key = "good"
        var bad = Submission(request: TextToImageRequest(prompt: "something else"))
        bad.key = "k"
        let both = [good, bad]
        try await expectRefusal(.keyConflict, "a batch with a bad key") { try await sut.store.submit(both) }
        try expectEqual(try await sut.cursor(), before, "the log after a refusal")
        let messages = try await sut.store.messages(of: conversation, as: .operator, after: nil, limit: 10)
        try expectEqual(messages.count, 0, "messages after a refusal")
        let jobs = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs
        try expectEqual(jobs.count, 1, "jobs after a refusal")
        let later = try await sut.store.submit([good])
        try expectEqual(later.map(\.isRepeat), [false], "a key of a refused call is still free")
        try expectEqual(later.map(\.position), [2], "a refused call leaves no hole in the order")
    }

    private static let delayed = StoreLaw("submit: a delayed job is scheduled, without position, until it is due") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.delay = .seconds(60) }
        try expectEqual(receipt.position, nil, "a scheduled job's position")
        try expectEqual(receipt.metadata["queue_position"], nil, "queue_position of a scheduled job")
        try expectEqual(try await sut.job(receipt.jobID).state, .scheduled, "the state")
        let behind = try await sut.submit("at once")
        try expectEqual(behind.position, 1, "a scheduled job stands in nobody's way")
        try await sut.store.setPaused(true)
        sut.clock.advance(by: .milliseconds(59_999))
        _ = try await worker.claim()
        try expectEqual(try await sut.job(receipt.jobID).state, .scheduled, "a millisecond before")
        sut.clock.advance(by: .milliseconds(1))
        _ = try await worker.claim()
        try expectEqual(try await sut.job(receipt.jobID).state, .queued, "when it is due")
        try expectEqual(try await sut.job(receipt.jobID).position, 1, "a due job has the place of its submission")
        let zero = try await sut.submit { $0.delay = .zero }
        try expectEqual(try await sut.job(zero.jobID).state, .queued, "a delay of nothing")
    }

    private static let queueFull = StoreLaw(
        "submit: a full queue refuses; what is drawn or ended does not count",
        settings: StoreSettings(queueLimit: 3)
    ) { sut in
        let worker = try await sut.worker()
        try await sut.submit(owner: "a")
        try await sut.submit(owner: "b") { $0.delay = .seconds(60) }
        let two = Array(repeating: Submission(request: TextToImageRequest(prompt: "x")), count: 2)
        try await expectRefusal(.queueFull, "two more of one call, room for one") { try await sut.store.submit(two) }
        try await sut.submit(owner: "c") { $0.key = "k" }
        try await expectRefusal(.queueFull, "the fourth") { try await sut.submit(owner: "d") }
        let again = try await sut.submit(owner: "c") { $0.key = "k" }
        try expect(again.isRepeat, "a repeat needs no room")
        _ = try await worker.take()
        try await sut.submit(owner: "d")
        try await expectRefusal(.queueFull, "the fifth") { try await sut.submit(owner: "e") }
    }

    private static let ownerShare = StoreLaw(
        "submit: an owner's share is full for that owner alone",
        settings: StoreSettings(ownerLimit: 2)
    ) { sut in
        try await sut.submit(owner: "a")
        let second = try await sut.submit(owner: "a", priority: .high)
        try await expectRefusal(.queueFull, "the third of an owner") { try await sut.submit(owner: "a") }
        try await sut.submit(owner: "b")
        _ = try await sut.store.cancel(second.jobID, mode: .now, as: .operator)
        try await sut.submit(owner: "a")
    }

    private static let fullBatches = StoreLaw(
        "submit: of a batch that would go beyond a limit nothing is stored",
        settings: StoreSettings(queueLimit: 5, ownerLimit: 3)
    ) { sut in
        func batch(_ name: String, _ owners: String...) -> [Submission] {
            owners.enumerated().map { number, owner in
                var submission = Submission(request: TextToImageRequest(prompt: owner))
                submission.owner = Owner(rawValue: owner)
                submission.userMessage = "words"
                submission.key = "\(name) \(number)"
                return submission
            }
        }
        _ = try await sut.store.submit(batch("first", "a", "a"))
        let before = try await sut.cursor()
        func expectFull(_ submissions: [Submission], _ what: String) async throws {
            try await expectRefusal(.queueFull, what) { try await sut.store.submit(submissions) }
            try expectEqual(try await sut.cursor(), before, "the log after \(what)")
            let page = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
            try expectEqual(page.jobs.count, 2, "jobs after \(what)")
            let words = try await sut.store.messages(of: .none, as: .operator, after: nil, limit: 100)
            try expectEqual(words.count, 4, "messages after \(what)")
        }
        try await expectFull(batch("second", "b", "a", "c", "a"), "the owner's fourth among others'")
        try await expectFull(batch("third", "b", "b", "c", "d"), "the sixth of all")
        try await expectFull(batch("fourth", "b", "b", "b", "b"), "one more than an owner may have")
        let stored = try await sut.store.submit(batch("fourth", "b", "b", "b"))
        try expect(stored.allSatisfy { !$0.isRepeat }, "a refused batch has used no key")
        try await expectRefusal(.queueFull, "one more") { try await sut.submit(owner: "c") }
        _ = try await sut.store.cancel(matching: JobFilter(owner: Owner(rawValue: "a")), mode: .now, as: .operator)
        _ = try await sut.store.submit(batch("fifth", "c", "d"))
        try await expectRefusal(.queueFull, "full again") { try await sut.submit(owner: "a") }
    }

    private static let unknownWorker = StoreLaw("submit: a job for a worker that nobody knows is refused") { sut in
        try await expectRefusal(.invalidRequest, "a job for an unknown worker") {
            try await sut.submit { $0.reservedFor = .make() }
        }
    }

    private static let idsRise = StoreLaw("submit: under 16 callers ids are unique and the log has no gap") { sut in
        let receipts = try await sut.atOnce(16) { index in
            // One owner: between several, a late first job goes before others, and two may have heard the same place.
            try await sut.submit("\(index)") { $0.userMessage = "words" }
        }
        try expectEqual(Set(receipts.map(\.jobID)).count, 16, "job ids")
        try expectEqual(Set(receipts.map(\.messageID)).count, 16, "message ids")
        for receipt in receipts {
            try expectEqual(receipt.userMessageID.map { $0.rawValue + 1 }, receipt.messageID.rawValue, "neighbours")
        }
        try expectEqual(Set(receipts.compactMap(\.position)), Set(1...16), "positions at submit")
        try expectEqual(try await sut.events().map(\.cursor.sequence), Array(1...16), "the log's numbers")
    }

    private static let storedRequest = StoreLaw("submit: every field of a request comes back as it went in") { sut in
        var request = TextToImageRequest(prompt: "çok satırlı\n\"kedi\" \\ 🐈")
        request.negativePrompt = "bulanık"
        request.width = 64
        request.height = 4096
        request.steps = 150
        request.cfgScale = 7.25
        request.distilledCFGScale = 0.1
        request.sampler = "DPM++ 2M"
        request.scheduler = "Karras"
        request.seed = 0
        request.pictureCount = 16
        request.model = "flux1-dev"
        request.styles = ["yağlı boya", ""]
        let wanted = request
        let receipt = try await sut.submit { $0.request = .textToImage(wanted) }
        try expectEqual(try await sut.job(receipt.jobID).request, .textToImage(wanted), "the request")
    }
}
