internal import ImageQueueCore

extension StoreLaw {
    static let keyLaws = [
        keyRepeats, keyConflicts, keyIsOwners, keyLives, keyAtOnce, keyTwiceInOneCall, keyDefaults, keyOfEverything,
        keyInEveryState, keyOfBytes,
    ]

    private static let keyRepeats = StoreLaw("key: the same owner and key give the first receipt again") { sut in
        let first = try await sut.submit("kedi", owner: "a") {
            $0.key = "k"
            $0.userMessage = "words"
        }
        try await sut.submit("between")
        let before = try await sut.cursor()
        let again = try await sut.submit("kedi", owner: "a") {
            $0.key = "k"
            $0.userMessage = "words"
        }
        try expect(again.isRepeat, "isRepeat")
        var wanted = first
        wanted.isRepeat = true
        try expectEqual(again, wanted, "the first receipt")
        try expectEqual(try await sut.cursor(), before, "a repeat stores nothing")
        // An unresolved seed is compared as handed in, though it was resolved to another number.
        try expect(try await sut.job(first.jobID).request.drawing?.seed != -1, "the stored seed is resolved")
    }

    private static let keyConflicts = StoreLaw("key: with a different request it is refused") { sut in
        try await sut.submit("kedi") { $0.key = "k" }
        try await expectRefusal(.keyConflict, "another prompt") { try await sut.submit("köpek") { $0.key = "k" } }
        try await expectRefusal(.keyConflict, "another seed") {
            try await sut.submit("kedi") {
                $0.key = "k"
                $0.request.drawing?.seed = 1
            }
        }
    }

    private static let keyIsOwners = StoreLaw("key: it is an owner's own") { sut in
        let first = try await sut.submit("kedi", owner: "a") { $0.key = "k" }
        let other = try await sut.submit("köpek", owner: "b") { $0.key = "k" }
        try expect(!other.isRepeat && other.jobID != first.jobID, "another owner's key is another key")
    }

    private static let keyOfBytes = StoreLaw("key: two are one where they are the same bytes") { sut in
        let (composed, combining) = ("\u{15F}", "s\u{327}")
        let first = try await sut.submit("kedi") { $0.key = composed }
        let other = try await sut.submit("köpek") { $0.key = combining }
        try expect(!other.isRepeat && other.jobID != first.jobID, "the same letter in other bytes is another key")
        let reply = NewMessage(conversation: ConversationID(rawValue: "c"), role: .assistant, content: "reply")
        let replies = [
            try await sut.store.append(reply, key: composed), try await sut.store.append(reply, key: combining),
        ]
        try expectEqual(Set(replies.map(\.id)).count, 2, "a reply's key too")
    }

    private static let keyLives = StoreLaw("key: it lives a day and until its job has ended") { sut in
        let first = try await sut.submit { $0.key = "k" }
        let ended = try await sut.submit { $0.key = "ended" }
        _ = try await sut.store.cancel(ended.jobID, mode: .now, as: .operator)
        sut.clock.advance(by: .seconds(86_399))
        let inTime = try await sut.submit { $0.key = "ended" }
        try expect(inTime.isRepeat, "within the day, also for a job that has ended")
        sut.clock.advance(by: .seconds(2))
        let late = try await sut.submit { $0.key = "k" }
        try expect(late.isRepeat, "after a day while the job still waits")
        let fresh = try await sut.submit("another") { $0.key = "ended" }
        try expect(!fresh.isRepeat, "after a day and the job's end the key is free")
        _ = try await sut.store.cancel(first.jobID, mode: .now, as: .operator)
        let free = try await sut.submit { $0.key = "k" }
        try expect(!free.isRepeat, "once the job has ended, after a day")
    }

    private static let keyAtOnce = StoreLaw("key: 32 callers with one key make one job") { sut in
        let receipts = try await sut.atOnce(32) { _ in try await sut.submit { $0.key = "k" } }
        try expectEqual(Set(receipts.map(\.jobID)).count, 1, "jobs")
        try expectEqual(receipts.filter { !$0.isRepeat }.count, 1, "first receipts")
        try expectEqual(try await sut.events().count, 1, "events")
    }

    private static let keyTwiceInOneCall = StoreLaw("key: twice in one call it makes one job") { sut in
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.key = "k"
        let receipts = try await sut.store.submit([submission, submission])
        try expectEqual(receipts.map(\.isRepeat), [false, true], "repeats")
        try expectEqual(receipts.first?.jobID, receipts.last?.jobID, "the job")
    }

    private static let keyDefaults = StoreLaw("key: defaults spelled out are the same") { sut in
        let first = try await sut.submit { $0.key = "k" }
        let again = try await sut.submit {
            $0.key = "k"
            $0.delay = .zero
            $0.conversation = ConversationID(rawValue: "")
            $0.metadata = [:]
            $0.request.drawing?.styles = []
            $0.request.drawing?.negativePrompt = ""
            $0.request.drawing?.seed = -1
        }
        try expect(again.isRepeat && again.jobID == first.jobID, "the first receipt")
    }

    private static let keyOfEverything = StoreLaw("key: whatever else would be stored is a conflict") { sut in
        let retried = JobID.make()
        func fill(_ submission: inout Submission) {
            submission.key = "k"
            submission.conversation = ConversationID(rawValue: "c")
            submission.userMessage = "words"
            submission.priority = .low
            submission.delay = .seconds(5)
            submission.deadline = .seconds(50)
            submission.metadata = ["a": .integer(1)]
            submission.retryOf = retried
        }
        try await sut.submit { fill(&$0) }
        let before = try await sut.cursor()
        let others: [(String, @Sendable (inout Submission) -> Void)] = [
            ("conversation", { $0.conversation = .none }), ("words", { $0.userMessage = nil }),
            ("priority", { $0.priority = .normal }), ("delay", { $0.delay = .milliseconds(5_001) }),
            ("no delay", { $0.delay = nil }), ("deadline", { $0.deadline = .seconds(51) }),
            ("no deadline", { $0.deadline = nil }), ("metadata", { $0.metadata = ["a": .integer(2)] }),
            ("no metadata", { $0.metadata = [:] }), ("retried job", { $0.retryOf = .make() }),
            ("pictures", { $0.request.drawing?.pictureCount = 2 }),
        ]
        for (name, change) in others {
            try await expectRefusal(.keyConflict, "another \(name)") {
                try await sut.submit {
                    fill(&$0)
                    change(&$0)
                }
            }
        }
        let again = try await sut.submit { fill(&$0) }
        try expect(again.isRepeat, "the same once more")
        try expectEqual(try await sut.cursor(), before, "nothing was stored")
    }

    private static let keyInEveryState = StoreLaw("key: the first receipt comes again whatever became of the job") {
        sut in
        let worker = try await sut.worker()
        let first = try await sut.submit { $0.key = "k" }
        func expectFirst(_ when: String, _ key: String = "k", _ receipt: SubmitReceipt? = nil) async throws {
            var wanted = receipt ?? first
            wanted.isRepeat = true
            try expectEqual(try await sut.submit { $0.key = key }, wanted, when)
        }
        try await expectFirst("queued")
        let claimed = try await worker.take()
        try await expectFirst("processing")
        try await worker.settle(claimed, .complete([claimed.picture(0)]))
        try await expectFirst("complete")
        let failing = try await sut.submit { $0.key = "failed" }
        try await worker.settle(try await worker.take(), .failed(failure))
        try await expectFirst("failed", "failed", failing)
        let cancelled = try await sut.submit { $0.key = "cancelled" }
        _ = try await sut.store.cancel(cancelled.jobID, mode: .now, as: .operator)
        try await expectFirst("cancelled", "cancelled", cancelled)
        sut.clock.advance(by: .seconds(7_200))
        _ = try await sut.store.prune(olderThan: .seconds(3_600), limit: 100)
        let page = try await sut.store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
        try expectEqual(page.jobs.count, 0, "jobs that are kept")
        try await expectFirst("pruned")
        try await expectFirst("failed and pruned", "failed", failing)
    }
}
