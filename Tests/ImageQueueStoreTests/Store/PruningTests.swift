import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("Retention", .timeLimit(.minutes(1)))
struct PruningTests {
    @Test("Old finished jobs and events go; messages, pictures and what waits stay")
    func prunes() async throws {
        let clock = TestClock()
        try await withStore {
            $0.time = StoreTime(clock)
        } _: { store in
            let queue = ImageQueue(store: store)
            func submit(_ prompt: String) async throws -> SubmitReceipt {
                try await queue.submit(Submission(request: TextToImageRequest(prompt: prompt)))
            }
            let cancelled = try await submit("old and cancelled")
            _ = try await queue.cancel(cancelled.jobID)
            let waiting = try await submit("old and waiting")
            let before = try await store.snapshot(matching: JobFilter(), as: .operator).cursor
            clock.advance(by: .seconds(10 * 86_400))
            let young = try await submit("young and cancelled")
            _ = try await queue.cancel(young.jobID)

            #expect(try await store.prune(olderThan: .seconds(86_400), limit: 100) == false)

            #expect(try await store.read { try $0.jobRow(cancelled.jobID) } == nil)
            let told = try #require(try await queue.status(of: cancelled.jobID))
            #expect(told.state == .cancelled)
            #expect(told.messageID == cancelled.messageID)
            #expect(told.request.prompt == "old and cancelled")
            #expect(try await queue.status(of: cancelled.jobID, as: .owner(Owner(rawValue: "else"))) == nil)
            #expect(try await queue.status(of: waiting.jobID)?.state == .queued)
            #expect(try await queue.status(of: young.jobID)?.state == .cancelled)
            #expect(try await store.read { try $0.jobRow(young.jobID) } != nil)
            let old = EventCursor(log: before.log, sequence: 1)
            #expect(try await store.events(after: old, matching: JobFilter(), as: .operator, limit: 10) == nil)
            let kept = try await store.events(after: before, matching: JobFilter(), as: .operator, limit: 10)
            #expect(kept?.map(\.kind) == [.queued, .error])
        }
    }

    @Test("Chunks are small, the answer says whether more is left, and the file shrinks")
    func chunks() async throws {
        let clock = TestClock()
        try await withStore {
            $0.time = StoreTime(clock)
        } _: { store in
            let submission = Submission(request: TextToImageRequest(prompt: String(repeating: "long ", count: 2000)))
            _ = try await store.submit(Array(repeating: submission, count: 60))
            _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
            clock.advance(by: .seconds(1))
            func pages() async throws -> Int {
                try await store.read { try $0.first("PRAGMA page_count") { try $0.int(0) } ?? 0 }
            }
            let before = try await pages()
            var rounds = 0
            while try await store.prune(olderThan: .milliseconds(1), limit: 25) { rounds += 1 }
            #expect(rounds == 4)
            #expect(try await pages() < before)
            #expect(try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs.isEmpty)
        }
    }

    @Test("Of jobs that start from large pictures fewer go at once, and of one too large for that, it alone")
    func largeInputs() async throws {
        try await withStore { store in
            for (seed, size) in [9_000_000, 7_000_000, 1_000_000, 20_000_000, 1_000_000].enumerated() {
                let file = try InputFile(TinyPNG.bytes(seed: UInt32(seed), width: 64, height: 64))
                let request = ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: file.image)
                _ = try await store.submit([Submission(request: .imageToImage(request), inputs: [file])])
                _ = try await store.write { connection in
                    try connection.execute(
                        "UPDATE input_files SET bytes = zeroblob(?) WHERE sha256 = ?",
                        .int(size),
                        .text(file.image.sha256)
                    )
                }
            }
            _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
            var left: [Int] = []
            var isMoreLeft = true
            while isMoreLeft {
                isMoreLeft = try await store.prune(olderThan: .zero, limit: 100)
                let page = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
                left.append(page.jobs.count)
            }
            #expect(left == [3, 2, 1, 0])
        }
    }

    @Test("Old keys of jobs that wait are not all looked through at once, and hide no other")
    func oldKeys() async throws {
        let clock = TestClock()
        try await withStore {
            $0.time = StoreTime(clock)
        } _: { store in
            func submit(_ key: String) async throws -> JobID {
                var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                submission.key = key
                return try #require(try await store.submit([submission]).first).jobID
            }
            func keys() async throws -> [String] {
                try await store.read { try $0.query("SELECT key FROM keys ORDER BY key") { try $0.text(0) } }
            }
            for number in 0..<6 { _ = try await submit("waits \(number)") }
            _ = try await store.cancel(submit("would be next"), mode: .now, as: .operator)
            clock.advance(by: .seconds(10 * 86_400))
            // Four times one are looked at in a round, beginning where the last one ended.
            for isLeft in [true, false, false, false] {
                _ = try await store.prune(olderThan: .seconds(1000), limit: 1)
                #expect(try await keys().contains("would be next") == isLeft)
            }
            #expect(try await keys().count == 6)
        }
    }

    @Test("Any number may go at once")
    func withoutLimit() async throws {
        try await withStore { store in
            _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
            _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
            #expect(try await store.prune(olderThan: .zero, limit: .max) == false)
            #expect(try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10).jobs.isEmpty)
        }
    }

    @Test("Owners' keys behind the virtual time go, some with each round, and those that still decide stay")
    func ownerKeys() async throws {
        try await withStore { store in
            func keys() async throws -> [String] {
                try await store.read { try $0.query("SELECT owner FROM owner_keys ORDER BY owner") { try $0.text(0) } }
            }
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            func submit(_ owner: String, _ count: Int) async throws {
                var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                submission.owner = Owner(rawValue: owner)
                _ = try await store.submit(Array(repeating: submission, count: count))
            }
            for number in 10..<30 { try await submit("\(number)", 1) }
            try await submit("patient", 3)
            // The last of these stands at the third key, and with its claim the time is there.
            for _ in 0..<23 {
                let claimed = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
                let lease = try #require(claimed).lease
                _ = try await store.settle(lease, as: .complete([]), beginning: nil, then: nil)
            }
            #expect(try await keys().count == 21)
            // Four times two are looked at in a round, beginning where the last one ended.
            for left in [13, 5, 1, 1] {
                _ = try await store.prune(olderThan: .seconds(1000), limit: 2)
                #expect(try await keys().count == left)
            }
            #expect(try await keys() == ["patient"])
        }
    }
}
