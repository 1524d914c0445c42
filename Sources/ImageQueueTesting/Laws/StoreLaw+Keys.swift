import ImageQueueCore

extension StoreLaw {
    static let keyLaws = [keyRepeats, keyConflicts, keyIsOwners, keyLives, keyAtOnce, keyTwiceInOneCall]

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
        try expect(try await sut.job(first.jobID).request.seed != -1, "the stored seed is resolved")
    }

    private static let keyConflicts = StoreLaw("key: with a different request it is refused") { sut in
        try await sut.submit("kedi") { $0.key = "k" }
        try await expectRefusal(.keyConflict, "another prompt") { try await sut.submit("köpek") { $0.key = "k" } }
        try await expectRefusal(.keyConflict, "another seed") {
            try await sut.submit("kedi") {
                $0.key = "k"
                $0.request.seed = 1
            }
        }
    }

    private static let keyIsOwners = StoreLaw("key: it is an owner's own") { sut in
        let first = try await sut.submit("kedi", owner: "a") { $0.key = "k" }
        let other = try await sut.submit("köpek", owner: "b") { $0.key = "k" }
        try expect(!other.isRepeat && other.jobID != first.jobID, "another owner's key is another key")
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
}
