import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A job of which this version can't read what is stored", .timeLimit(.minutes(1)))
struct UnreadableJobTests {
    /// What newer versions and other programs may leave, and what of the prompt can be told.
    static let requests: [(text: String?, prompt: String)] = [
        (#"{"kind":"video","prompt":"kedi çiz"}"#, "kedi çiz"),
        (#"{"prompt":"kedi çiz","steps":"many"}"#, "kedi çiz"),
        (#"{"prompt":7}"#, ""), ("[]", ""), ("no JSON", ""), ("", ""), (nil, ""),
    ]

    @Test("A worker sets it aside and takes the next one", arguments: requests)
    func setAside(request: String?, prompt: String) async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            let sound = try await scene.submit()
            try await scene.store(request, as: broken)

            let before = try await scene.store.snapshot(matching: JobFilter(), as: .operator).cursor

            let claimed = try #require(try await scene.store.claim(scene.wish))

            #expect(claimed.job.id == sound.jobID)
            #expect(claimed.lease.attempt == 1)
            let ended = try #require(try await scene.queue.status(of: broken.jobID))
            #expect(ended.state == .failed)
            #expect(ended.failure?.code == .unreadable)
            #expect(ended.failure?.message.contains("can't read") == true)
            #expect(ended.attempt == 0)
            #expect(ended.startedAt == nil)
            #expect(!ended.isRequestKnown)
            #expect(ended.request == .textToImage(TextToImageRequest(prompt: prompt)))
            #expect(ended.metadata["error_code"] == "unreadable")
            #expect(try await scene.queue.list().jobs.map(\.id) == [sound.jobID, broken.jobID])
            let told = try await scene.store.events(
                after: before,
                matching: JobFilter(jobs: [broken.jobID]),
                as: .operator,
                limit: 5
            )
            #expect(told?.map(\.kind) == [.error])
            #expect(told?.first?.isFinal == true)
        }
    }

    @Test("Very many of them, more than for one transaction, are passed in one claim")
    func many() async throws {
        try await withScene { scene in
            let count = ClaimAnswer.asideLimit * 2 + 1
            let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            _ = try await scene.store.submit(Array(repeating: submission, count: count))
            try await scene.store.write { _ = try $0.execute("UPDATE requests SET request = '[]'") }
            let sound = try await scene.submit()
            #expect(try await scene.store.claim(scene.wish)?.job.id == sound.jobID)
            #expect(try await scene.queue.counts()[.failed] == count)
        }
    }

    /// Readable, but beyond what could be submitted.
    static let outOfRange = [
        #""count":-1"#, #""count":0"#, #""count":1000000000000"#, #""width":9223372036854775807"#, #""steps":-5"#,
        #""seed":-7"#,
    ]

    @Test(
        "What no drawing can have is set aside as well, and refused where it is submitted once more",
        arguments: outOfRange
    )
    func beyondRange(field: String) async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            let sound = try await scene.submit()
            try await scene.store(#"{"kind":"text_to_image","prompt":"kedi",\#(field)}"#, as: broken)
            #expect(try await scene.queue.status(of: broken.jobID)?.isRequestKnown == true)
            #expect(try await scene.store.claim(scene.wish)?.job.id == sound.jobID)
            let ended = try #require(try await scene.queue.status(of: broken.jobID))
            #expect(ended.failure?.code == .unreadable)
            #expect(ended.failure?.message.contains("must be") == true)
            for redraw in [Redraw.sameSeed, .newSeed, .similar(picture: 0, strength: 0.5)] {
                let error = await #expect(throws: QueueError.self) {
                    _ = try await scene.queue.again(broken.jobID, redraw)
                }
                #expect(error?.code == .invalidRequest)
            }
        }
    }

    @Test("One that gets so while it is drawn is given back when its worker dies", arguments: outOfRange)
    func beyondRangeWhileHeld(field: String) async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            #expect(try await scene.store.claim(scene.wish) != nil)
            try await scene.store(#"{"kind":"text_to_image","prompt":"kedi",\#(field)}"#, as: broken)
            await scene.store.keeper.letGo(scene.wish.worker)
            #expect(try await scene.queue.status(of: broken.jobID)?.state == .queued)
        }
    }

    @Test("It is not submitted once more", arguments: [true, false])
    func onceMore(asRetry: Bool) async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            try await scene.store(Self.requests[0].text, as: broken)
            #expect(try await scene.store.claim(scene.wish) == nil)
            let error = await #expect(throws: QueueError.self) {
                _ = asRetry ? try await scene.queue.retry(broken.jobID) : try await scene.queue.again(broken.jobID)
            }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("can't read") == true)
            #expect(try await scene.queue.list().jobs.count == 1)
        }
    }

    @Test("While it waits it is shown beside the others, told of, and can be cancelled", arguments: requests)
    func waiting(request: String?, prompt: String) async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            let sound = try await scene.submit()
            try await scene.store(request, as: broken)
            let shown = try #require(try await scene.queue.status(of: broken.jobID))
            #expect(shown.state == .queued)
            #expect(shown.position == 1)
            #expect(!shown.isRequestKnown)
            #expect(shown.request.prompt == prompt)
            #expect(try await scene.store.inputs(of: broken.jobID, as: .operator) == [])
            let snapshot = try await scene.store.snapshot(matching: JobFilter(), as: .operator)
            #expect(snapshot.jobs.map(\.id) == [broken.jobID, sound.jobID])

            let events = try await scene.queue.events(matching: JobFilter(jobs: [broken.jobID]))
            #expect(try await scene.queue.cancel(broken.jobID) == .cancelled)
            var kinds: [JobEvent.Kind] = []
            for try await event in events { kinds.append(event.kind) }
            #expect(kinds == [.queued, .error])
            #expect(try await scene.queue.status(of: broken.jobID)?.state == .cancelled)
        }
    }

    @Test("Its deadline ends it")
    func expired() async throws {
        let clock = TestClock()
        try await withScene {
            $0.time = StoreTime(clock)
        } _: { scene in
            let broken = try await scene.submit { $0.deadline = Duration.seconds(1) }
            try await scene.store("[]", as: broken)
            clock.advance(by: .seconds(2))
            #expect(try await scene.queue.status(of: broken.jobID)?.failure == .expired)
        }
    }

    @Test("Where its worker, a newer one, draws it, watchers of others are told on; when that dies it is offered again")
    func drawn() async throws {
        try await withScene { scene in
            let broken = try await scene.submit()
            let claimed = try #require(try await scene.store.claim(scene.wish))
            try await scene.store("[]", as: broken)
            var seen: [JobEvent.Kind] = []
            for try await event in try await scene.queue.events(matching: JobFilter()) {
                seen.append(event.kind)
                if event.kind == .progress, seen.count == 1 {
                    try await scene.store.report(JobProgress(fraction: 0.5, picturesDone: 0), for: claimed.lease)
                    try await scene.submit()
                }
                if event.kind == .queued { break }
            }
            #expect(seen.first == .progress && seen.last == .queued)

            await scene.store.keeper.letGo(scene.wish.worker)
            #expect(try await scene.queue.status(of: broken.jobID)?.state == .queued)
            // It may have sent the first three pictures, for all that can be told.
            let orphans = try await scene.store.read { connection in
                try connection.query("SELECT number FROM orphans ORDER BY number") { try $0.int(0) }
            }
            #expect(orphans == [0, 1, 2])
        }
    }

    @Test("A message into which another program wrote half an emoji is read, and its job drawn")
    func halfAnEmoji() async throws {
        try await withScene { scene in
            let receipt = try await scene.submit()
            try await scene.store.write { connection in
                _ = try connection.execute(
                    #"UPDATE messages SET extra_metadata = json_patch(extra_metadata, '{"title":"kedi \ud83d","n":1e999}')"#
                )
            }
            let shown = try #require(try await scene.queue.status(of: receipt.jobID))
            #expect(shown.metadata["title"] == "kedi \u{FFFD}")
            #expect(shown.metadata["n"] == .number(.greatestFiniteMagnitude))
            let claimed = try #require(try await scene.store.claim(scene.wish))
            #expect(claimed.job.id == receipt.jobID)
            _ = try await scene.store.settle(claimed.lease, as: .complete([]), beginning: nil, then: nil)
            let message = try await scene.store.message(receipt.messageID, as: .operator)
            #expect(message?.metadata["status"] == "complete")
            #expect(message?.metadata["title"] == "kedi \u{FFFD}")
        }
    }

    @Test("A text that ends with a NUL, as C programs bind it, is read to there")
    func withNUL() async throws {
        try await withScene { scene in
            let receipt = try await scene.submit()
            try await scene.store.write { connection in
                _ = try connection.execute("UPDATE messages SET extra_metadata = extra_metadata || char(0)")
                _ = try connection.execute("UPDATE requests SET request = request || char(0)")
            }
            let shown = try #require(try await scene.queue.status(of: receipt.jobID))
            #expect(shown.metadata["job_id"] == .string(receipt.jobID.description))
            #expect(shown.isRequestKnown)
            #expect(try await scene.store.claim(scene.wish)?.job.id == receipt.jobID)
        }
    }

    @Test("A message of a host's own kind stands in its conversation")
    func hostsRole() async throws {
        try await withScene { scene in
            let chat = ConversationID(rawValue: "chat")
            try await scene.store.write { connection in
                let values = "('chat', '', 'tool', '7', '{}', 1, 1)"
                let columns = "(conversation_id, owner, role, content, extra_metadata, created_at, updated_at)"
                _ = try connection.execute(SQL("INSERT INTO messages \(columns) VALUES \(values)"))
            }
            let messages = try await scene.queue.conversations.messages(of: chat)
            #expect(messages.map(\.role) == [Message.Role(rawValue: "tool")])
        }
    }

    @Test("A priority and a cancel that there are none of, set by hand, are taken as the nearest")
    func byHand() async throws {
        try await withScene { scene in
            let first = try await scene.submit()
            let second = try await scene.submit()
            try await scene.store.write { connection in
                _ = try connection.execute("UPDATE jobs SET priority = 3 WHERE seq = 2")
                _ = try connection.execute("UPDATE jobs SET cancel_requested = 7 WHERE seq = 1")
            }
            #expect(try await scene.queue.list().jobs.map(\.priority) == [.high, .normal])
            #expect(try await scene.store.claim(scene.wish)?.job.id == second.jobID)
            #expect(try await scene.queue.cancel(first.jobID) == .cancelled)
        }
    }

    /// A queue with a worker that holds a backend.
    private struct Scene {
        let store: SQLiteJobStore
        let queue: ImageQueue
        let wish: ClaimRequest

        @discardableResult
        func submit(_ change: (inout Submission) -> Void = { _ in }) async throws -> SubmitReceipt {
            var submission = Submission(request: TextToImageRequest(prompt: "kedi çiz"))
            change(&submission)
            return try await queue.submit(submission)
        }

        /// Leaves a request as another program's hand might, or none.
        func store(_ request: String?, as receipt: SubmitReceipt) async throws {
            let id = Value.text(receipt.jobID.description)
            let changed = try await store.write { connection in
                let whose = "WHERE job_seq = (SELECT seq FROM jobs WHERE id = ?1)"
                return try request.map { request in
                    try connection.execute(SQL("UPDATE requests SET request = ?2 \(whose)"), id, .text(request))
                } ?? connection.execute(SQL("DELETE FROM requests \(whose)"), id)
            }
            #expect(changed == 1)
        }
    }

    private func withScene(
        _ change: (inout SQLiteStoreConfiguration) -> Void = { _ in },
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await withStore(change) { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            let wish = ClaimRequest(worker: worker.id, backend: backend)
            try await body(Scene(store: store, queue: ImageQueue(store: store), wish: wish))
        }
    }
}
