import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("The watch over a store tells what was committed, and nothing else", .timeLimit(.minutes(1)))
struct StoreWatchTests {
    private func reach(_ count: Int, _ counter: Counter) async throws {
        while counter.value < count { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// A watch with a bell of its own on a store's file.
    private func withWatch(
        slowLook: Duration = .milliseconds(10),
        _ body: @Sendable (StoreWatch, Doorbell, SQLiteJobStore) async throws -> Void
    ) async throws {
        try await withStore { store in
            let path = store.database.path
            // What opening it has written was answered before its ring; by this answer it has rung.
            try await store.write { _ in }
            let bell = try await onThread {
                try Doorbell(database: path, configuration: Doorbell.Configuration(slowLook: slowLook))
            }
            let watch = StoreWatch(
                anchor: store.database.anchor,
                template: store.rules.template,
                doorbell: bell,
                logger: store.logger,
                sweeper: Sweeper(database: store.database, rules: store.rules, logger: store.logger)
            )
            try await body(watch, bell, store)
            _ = await watch.close()
        }
    }

    @Test("Closed while it is observed, the store leaves its file whole, without a WAL")
    func closedWhileObserved() async throws {
        let directory = try TemporaryDirectory()
        for number in 0..<50 {
            let path = directory.file("queue-\(number).db")
            let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
            let observation = try await store.observe { _ in }
            _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
            await store.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"), "round \(number)")
            observation.cancel()
        }
    }

    @Test("Closed while it is watched, the store tells every watch so")
    func closedWhileWatched() async throws {
        try await withStore { store in
            let queue = ImageQueue(store: store)
            let calls = Counter()
            let callback = SafeCallback(name: "counter") { _ in calls.add() }
            let registration = try await queue.onEvents(call: callback)
            let events = try await queue.events(matching: JobFilter())
            _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
            let reading = Task { for try await _ in events {} }
            try await reach(1, calls)
            await store.close()
            let error = await #expect(throws: QueueError.self) { try await reading.value }
            #expect(error?.code == .closed)
            registration.cancel()
        }
    }

    @Test("A look that no ring has asked for tells only what was committed without one", arguments: [true, false])
    func looks(withNews: Bool) async throws {
        try await withWatch { watch, bell, store in
            let (told, looks) = (Counter(), Counter())
            let observation = try await watch.observe(withNews ? .news { _ in told.add() } : .changes { told.add() })
            defer { observation.cancel() }
            let listener = try bell.listen { if $0 == .look { looks.add() } }
            defer { bell.stopListening(listener) }
            // Once one more is admitted, whatever was rung for the listeners has been seen to; and with the second, that look.
            for _ in 0..<2 {
                try await reach(looks.value + 2, looks)
                try await watch.observe(.news { _ in }).cancel()
            }
            let before = told.value
            try await reach(looks.value + 20, looks)
            #expect(told.value == before)

            try await onThread {
                let stranger = try scratchConnection(store.database.path)
                try stranger.script("UPDATE settings SET value = 1 WHERE name = 'paused'")
            }
            try await reach(before + 1, told)
        }
    }

    @Test("Who joins one that asks for no news gets what is new from then on")
    func joinsLater() async throws {
        try await withStore { store in
            let (told, news) = (Counter(), DeltaCollector())
            let observation = try await store.observeChanges { told.add() }
            defer { observation.cancel() }
            _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
            try await reach(1, told)
            let late = try await store.observe { news.take($0) }
            defer { late.cancel() }
            let receipt = try await store.submit([Submission(request: TextToImageRequest(prompt: "köpek"))])
            while news.jobs.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            #expect(news.jobs == receipt.map(\.jobID))
        }
    }

    private final class DeltaCollector: Sendable {
        private let events = Monitor([JobID?]())
        var jobs: [JobID?] { events.withLock { $0 } }
        func take(_ delta: StoreDelta) { events.withLock { $0 += delta.events.map(\.jobID) } }
    }

    @Test("What was committed without a ring while another ring was heard is told with the next look")
    func unheard() async throws {
        try await withWatch { watch, bell, store in
            let told = Counter()
            let observation = try await watch.observe(.changes { told.add() })
            defer { observation.cancel() }
            for _ in 0..<10 {
                let before = told.value
                try await onThread {
                    let stranger = try scratchConnection(store.database.path)
                    try stranger.script("UPDATE settings SET value = value + 1 WHERE name = 'paused'")
                    bell.ring()
                }
                // By the ring, which may have come before the commit for all that the log's reader knows, and by the look.
                try await reach(before + 2, told)
            }
        }
    }

    @Test("Who stood still while events were pruned that it had not read is told of the gap, and nobody else")
    func gap() async throws {
        try await withStore { store in
            let path = store.database.path
            func delta(after position: DeltaPosition?) async throws -> (delta: StoreDelta, next: DeltaPosition) {
                try await onThread { try scratchConnection(path).delta(after: position, template: .standard) }
            }
            let start = try await delta(after: nil).next
            let receipt = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])[0]
            _ = try await store.cancel(receipt.jobID, mode: .now, as: .operator)
            let (whole, end) = try await delta(after: start)
            #expect(whole.events.count == 2 && !whole.hasGap)
            while try await store.prune(olderThan: .zero, limit: 100) {}
            _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
            for (position, hasGap) in [(start, true), (end, false)] {
                let told = try await delta(after: position).delta
                #expect(told.events.count == 1)
                #expect(told.hasGap == hasGap)
            }
        }
    }

    @Test("A ring is told whether or not the log has anything new")
    func rings() async throws {
        // No look comes to help within a test's time.
        try await withWatch(slowLook: .seconds(3_600)) { watch, _, store in
            let told = Counter()
            let observation = try await watch.observe(.news { _ in told.add() })
            defer { observation.cancel() }
            for _ in 0..<5 {
                let before = told.value
                try await store.setPaused(true)
                try await reach(before + 1, told)
            }
        }
    }
}
