import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Metrics
import Testing

@testable import ImageQueueStore

@Suite("What the store counts", .timeLimit(.minutes(1)))
struct CountersTests {
    @Test("The kept counts are what counting would give, by owner and in all")
    func counters() async throws {
        try await withStore { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            for number in 0..<60 {
                var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                submission.owner = Owner(rawValue: "\(number % 7)")
                if number.isMultiple(of: 5) { submission.delay = .seconds(100) }
                let receipt = try await store.submit([submission])
                if number.isMultiple(of: 3), let job = receipt.first?.jobID {
                    _ = try await store.cancel(job, mode: .now, as: .operator)
                }
                if number.isMultiple(of: 4) {
                    let claimed = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
                    let ending: AttemptEnding = number.isMultiple(of: 8) ? .complete([]) : .released(after: .seconds(9))
                    if let claimed, number > 8 {
                        _ = try await store.settle(claimed.lease, as: ending, beginning: nil, then: nil)
                    }
                }
                if number == 50 {
                    let filter = JobFilter(owner: Owner(rawValue: "3"))
                    #expect(try await store.cancel(matching: filter, mode: .now, as: .operator).count > 2)
                }
                if number == 40 { while try await store.prune(olderThan: .zero, limit: 5) {} }
            }
            let kept = try await counts(store, "SELECT owner, state, n FROM counters")
            let counted = try await counts(
                store,
                """
                SELECT owner, state, count(*) FROM jobs GROUP BY owner, state
                UNION ALL SELECT char(1), state, count(*) FROM jobs GROUP BY state
                """
            )
            #expect(kept == counted)
            #expect(kept.count > 10)
            let places = try await counts(
                store,
                """
                SELECT iif(id < 0,
                    iif(id >> 28 & 1, 'block ', 'span ') || (id >> 61 & 3) || ' ' || (id >> 29 & (1 << 32) - 1) || ' '
                        || (id & (1 << 28) - 1),
                    (id >> 60) || ' ' || (id >> 58 & 3) || ' ' || (id >> 24 & (1 << 34) - 1) || ' '
                        || (id & (1 << 24) - 1)
                ), 0, n FROM places
                """
            )
            let waiting = "FROM jobs WHERE state = 1 AND lane = '' GROUP BY 1"
            let keys = "priority || ' ' || order_key"
            let placed = try await counts(
                store,
                SQL(
                    [
                        "'4 ' || priority || ' ' || (order_key >> 15) || ' 0', 0, count(*)",
                        "'3 ' || priority || ' ' || (order_key >> 10) || ' 0', 0, count(*)",
                        "'2 ' || priority || ' ' || (order_key >> 5) || ' 0', 0, count(*)",
                        "'1 ' || \(keys) || ' 0', 0, count(*)",
                        "'span ' || \(keys) || ' ' || (seq / 2048), 0, count(*)",
                        "'block ' || \(keys) || ' ' || (seq / 32), 0, count(*) + 64 * sum(1 << (seq % 32))",
                    ].map { "SELECT \($0) \(waiting)" }.joined(separator: " UNION ALL ")
                )
            )
            #expect(places == placed)
            #expect(places.count > 4)
        }
    }

    @Test(
        "A place is what counting would give, at whatever key and number a job stands, in an older file too",
        arguments: [2, 3, Schema.format.newestVersion]
    )
    func places(version: Int) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        let format = DatabaseFormat(migrations: Array(Schema.format.migrations.prefix(version)))
        let database = try await Database.open(path, format: format)
        let fill = SQL(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 6000)
            INSERT INTO jobs (id, message_id, owner, conversation_id, state, lane, priority, order_key, created_at,
                queued_at)
            SELECT 'job ' || n, n, 'owner ' || n % 7, '', n % 5 > 0, '', n % 3,
                CASE n % 4 WHEN 0 THEN 31 + n % 3 WHEN 1 THEN 1023 + n % 3
                    WHEN 2 THEN CASE WHEN n < 5500 THEN n * 131 ELSE 1000000 + n % 50 END ELSE 7 END, n, n
            FROM numbers
            """
        )
        let dense = SQL(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
            INSERT INTO jobs (id, message_id, owner, conversation_id, state, lane, priority, order_key, created_at,
                queued_at)
            SELECT 'dense ' || n, n, 'owner', '', 1, '', 1, 9, n, n FROM numbers
            """
        )
        _ = try await database.write { connection in
            try connection.execute(fill)
            // They leave it by whichever of them comes first.
            try connection.execute("UPDATE jobs SET state = 3 WHERE seq % 11 = 0")
            try connection.execute("DELETE FROM jobs WHERE seq % 13 = 0")
            try connection.execute("UPDATE jobs SET priority = 2, order_key = 3 WHERE seq % 17 = 0")
            // Blocks of numbers that all wait under one key.
            try connection.execute(dense)
        }
        await database.close()
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        let (asked, wrong) = try await store.read { connection in
            let jobs = try connection.query(
                """
                SELECT priority, order_key, seq, row_number() OVER (ORDER BY priority DESC, order_key, seq) FROM jobs
                WHERE state = 1 AND lane = ''
                """
            ) { (try $0.int(0), try $0.integer(1), try $0.integer(2), try $0.int(3)) }
            let wrong = try jobs.filter { job in
                let priority = try #require(Priority(rawValue: job.0))
                return try connection.position(lane: "", priority: priority, orderKey: job.1, seq: job.2) != job.3
            }
            // Where a submit asks: before the first of a key, also of one that nobody has.
            for priority in Priority.allCases {
                for key in [0, 1, 32, 1024, 32_768, 720_501] + Array(999_990...1_000_055) as [Int64] {
                    let found = try connection.position(lane: "", priority: priority, orderKey: key, seq: 0)
                    let before = jobs.count { (-$0.0, $0.1) < (-priority.rawValue, key) }
                    #expect(found == 1 + before, "key \(key) of priority \(priority)")
                }
            }
            return (jobs.count, wrong.map(\.2))
        }
        #expect(asked > 3_000)
        #expect(wrong.isEmpty)
        await store.close()
    }

    private func counts(_ store: SQLiteJobStore, _ sql: SQL) async throws -> [String: Int] {
        try await store.read { connection in
            let rows = try connection.query(sql) { ("\(try $0.text(0)) \(try $0.int(1))", try $0.int(2)) }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    @Test("Leases of the dead are counted once each, after the commit, and not what was undone")
    func leases() async throws {
        let factory = CountingFactory()
        try await withStore {
            $0.metrics = StoreMetrics(factory: factory)
        } _: { store in
            let backend = BackendID(rawValue: "http://127.0.0.1:1")
            func hold() async throws -> WorkerID {
                let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend])
                try await store.register(worker)
                #expect(try await store.holdBackend(backend, for: worker.id))
                let submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                _ = try await store.submit([submission])
                _ = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
                return worker.id
            }
            await store.keeper.letGo(try await hold())
            #expect(factory.total == 0)
            // Sweeps, and is refused: the sweep is undone with it.
            await #expect(throws: QueueError.self) {
                try await store.claim(ClaimRequest(worker: .make(), backend: backend))
            }
            #expect(factory.total == 0)
            #expect(try await store.sweep() == 1)
            #expect(factory.total == 1)
            #expect(try await store.sweep() == 0)
            let second = try await hold()
            let job = try #require(try await store.workers().first?.jobs.first)
            await store.keeper.letGo(second)
            #expect(try await store.cancel(job, mode: .now, as: .operator) == .cancelled)
            #expect(factory.total == 2)
            // One that lives and ends its attempt itself counts for nothing.
            let third = try await hold()
            try await store.unregister(third)
            #expect(factory.total == 2)
            #expect(factory.labels == ["imagequeue.leases.expired.total"])
        }
    }
}

/// Counts what its counters are told.
private final class CountingFactory: MetricsFactory {
    private let state = Lock((total: Int64(0), labels: [String]()))

    var total: Int64 { state.withLock { $0.total } }
    var labels: [String] { state.withLock { $0.labels } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        state.withLock { $0.labels.append(label) }
        return Handler(factory: self)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private final class Handler: CounterHandler {
        private let factory: CountingFactory

        init(factory: CountingFactory) { self.factory = factory }

        func increment(by amount: Int64) { factory.state.withLock { $0.total += amount } }
        func reset() {}
    }
}
