internal import ImageQueueCore

extension StoreLaw {
    static let sharingLaws = [oneTruth, oneHolderAcrossHandles, oneBackendAcrossHandles]

    private static let oneTruth = StoreLaw("sharing: what one handle is told is durable, another sees at once") { sut in
        let other = try await sut.openAnother()
        let receipt = try await sut.submit { $0.key = "k" }
        try expectEqual(try await other.job(receipt.jobID, as: .operator), try await sut.job(receipt.jobID), "the job")
        try expectEqual(
            try await other.message(receipt.messageID, as: .operator),
            try await sut.message(receipt.messageID),
            "the message"
        )
        var again = Submission(request: TextToImageRequest(prompt: "kedi"))
        again.key = "k"
        let repeated = try await other.submit([again])
        try expectEqual(repeated.first?.jobID, receipt.jobID, "the key")
        try expectEqual(
            try await other.cancel(receipt.jobID, mode: .now, as: .operator),
            .cancelled,
            "a cancel from there"
        )
        try expectEqual(try await sut.job(receipt.jobID).state, .cancelled, "seen here")
        let log = try await other.snapshot(matching: JobFilter(), as: .operator).cursor
        try expectEqual(log, try await sut.cursor(), "the log")
    }

    private static let oneHolderAcrossHandles = StoreLaw("sharing: two handles never claim one job twice") { sut in
        let other = try await sut.openAnother()
        for _ in 0..<30 { try await sut.submit() }
        let workers = [try await sut.worker(1), try await sut.worker(2, on: other)]
        let claims = try await sut.atOnce(2) { index in
            var found: [ClaimedJob] = []
            while let claimed = try await workers[index].claim() { found.append(claimed) }
            return found
        }.flatMap(\.self)
        try expectEqual(claims.count, 30, "claims")
        try expectEqual(Set(claims.map(\.job.id)).count, 30, "claimed jobs")
        for claimed in claims {
            try expectEqual(try await other.standing(of: claimed.lease), .held, "a lease, as the other sees it")
        }
    }

    private static let oneBackendAcrossHandles = StoreLaw("sharing: a backend is held across handles") { sut in
        let other = try await sut.openAnother()
        let holder = try await sut.worker(1)
        let stranger = try await sut.worker(2, on: other)
        try expect(try await other.holdBackend(holder.backend, for: stranger.id) == false, "while its holder lives")
        try await sut.killWorker(holder.id)
        try expect(try await other.holdBackend(holder.backend, for: stranger.id), "after its holder's death")
    }
}
