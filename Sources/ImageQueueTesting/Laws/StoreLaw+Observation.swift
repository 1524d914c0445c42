internal import ImageQueueCore

extension StoreLaw {
    static let observationLaws = [
        deliversAll, deliversUnderLoad, beginsWhereItStands, deliversProgress, cancelledDeliversNothing,
        deliversFromOthers, tellsOfWishes, tellsOfChanges,
    ]

    private static let deliversAll = StoreLaw("observation: every logged event comes once, in order") { sut in
        let worker = try await sut.worker()
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        for _ in 0..<10 { try await sut.submit() }
        while let claimed = try await worker.claim() { try await worker.settle(claimed, .complete([])) }
        await recorder.wait(for: try await sut.cursor())
        try expectEqual(recorder.events, try await sut.events(), "the log as delivered")
        let cursors = recorder.deltas.map(\.cursor.sequence)
        try expectEqual(cursors, cursors.sorted(), "the places that deliveries tell")
    }

    private static let deliversUnderLoad = StoreLaw("observation: in order also under 16 writers, for each observer") {
        sut in
        let recorders = [DeltaRecorder(), DeltaRecorder()]
        var observations: [any StoreObservation] = []
        for recorder in recorders { observations.append(try await sut.store.observe { recorder.take($0) }) }
        _ = try await sut.atOnce(16) { index in
            for _ in 0..<10 {
                let receipt = try await sut.submit(owner: "\(index)")
                _ = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
            }
        }
        let end = try await sut.cursor()
        for recorder in recorders {
            await recorder.wait(for: end)
            try expectEqual(recorder.events.map(\.cursor.sequence), Array(1...320), "the numbers")
        }
        for observation in observations { observation.cancel() }
    }

    private static let beginsWhereItStands = StoreLaw("observation: it begins where the log stands") { sut in
        try await sut.submit("before")
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        try expectEqual(observation.start, try await sut.cursor(), "the start")
        let receipt = try await sut.submit("after")
        await recorder.wait(for: try await sut.cursor())
        try expectEqual(recorder.events.map(\.jobID), [receipt.jobID], "what came")
    }

    private static let tellsOfWishes = StoreLaw("observation: a cancel of a held job and a resume wake observers too") {
        sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        _ = try await worker.take()
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        let requested = try await sut.store.cancel(receipt.jobID, mode: .now, as: .operator)
        try expectEqual(requested, .requested(stillDrawing: false), "the outcome")
        await recorder.wait { !$0.isEmpty }
        for isPaused in [true, false] {
            let before = recorder.deltas.count
            try await sut.store.setPaused(isPaused)
            await recorder.wait { $0.count > before }
        }
        try expect(recorder.events.isEmpty, "an event was told")
    }

    private static let tellsOfChanges = StoreLaw("observation: a change is told to who asks for no more") { sut in
        let changes = Watched(0)
        let observation = try await sut.store.observeChanges { changes.change { $0 += 1 } }
        for _ in 0..<3 {
            let before = changes.value
            try await sut.submit()
            await changes.wait { $0 > before }
        }
        let other = try await sut.openAnother()
        let before = changes.value
        try await other.setPaused(true)
        await changes.wait { $0 > before }
        observation.cancel()
    }

    private static let deliversProgress = StoreLaw("observation: the newest progress comes, rising, never 100") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit { $0.request.drawing?.pictureCount = 2 }
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        let claimed = try await worker.take()
        await recorder.wait { $0.contains { $0.progress.contains { $0.progress == 0 } } }
        for fraction in [0.25, 0.1, 0.5] {
            try await sut.store.report(JobProgress(fraction: fraction, picturesDone: 0), for: claimed.lease)
        }
        try await sut.store.record(claimed.picture(0), for: claimed.lease)
        await recorder.wait { $0.contains { $0.progress.contains { $0.progress == 50 && !$0.imageURLs.isEmpty } } }
        let told = recorder.progress
        try expectEqual(told.compactMap(\.progress), told.compactMap(\.progress).sorted(), "progress rises")
        for event in told {
            try expectEqual(event.kind, .progress, "the kind")
            try expectEqual(event.jobID, receipt.jobID, "the job")
            try expectEqual(event.status, "processing", "the status")
            try expect(!event.isFinal, "progress is not final")
        }
        try await worker.settle(claimed, .complete([claimed.picture(1)]))
        await recorder.wait(for: try await sut.cursor())
        try expect(recorder.progress.allSatisfy { ($0.progress ?? 0) < 100 }, "100 only with COMPLETE")
    }

    private static let cancelledDeliversNothing = StoreLaw("observation: one that was ended is told nothing more") {
        sut in
        let ended = DeltaRecorder()
        let other = DeltaRecorder()
        let first = try await sut.store.observe { ended.take($0) }
        let second = try await sut.store.observe { other.take($0) }
        first.cancel()
        first.cancel()
        try await sut.submit()
        await other.wait(for: try await sut.cursor())
        try expectEqual(ended.events, [], "what the ended one was told")
        second.cancel()
    }

    private static let deliversFromOthers = StoreLaw("observation: what another handle stores comes too") { sut in
        let recorder = DeltaRecorder()
        let observation = try await sut.store.observe { recorder.take($0) }
        defer { observation.cancel() }
        let other = try await sut.openAnother()
        let receipts = try await other.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        await recorder.wait(for: try await sut.cursor())
        try expectEqual(recorder.events.map(\.jobID), receipts.map(\.jobID), "what came")
    }
}
