import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

@Suite("A lease ends by itself where it can't be renewed", .timeLimit(.minutes(1)))
struct WorkerKeeperTests {
    private let backend = BackendID(rawValue: "http://127.0.0.1:1")

    private func claim(in store: SQLiteJobStore, _ worker: WorkerRegistration) async throws -> ClaimedJob {
        try await store.register(worker)
        #expect(try await store.holdBackend(backend, for: worker.id))
        _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
        return try #require(try await store.claim(ClaimRequest(worker: worker.id, backend: backend)))
    }

    /// Asks until the lease is lost, or the limit is over.
    private func waitForLoss(_ store: SQLiteJobStore, _ lease: Lease) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await store.standing(of: lease) != .lost, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await store.standing(of: lease) == .lost)
    }

    @Test("Its holder is told before its end while another process keeps the file locked, and nothing brings it back")
    func blocked() async throws {
        let clock = TestClock()
        try await withStore {
            $0.time = StoreTime(clock)
        } _: { store in
            let worker = WorkerRegistration(
                host: "here",
                processID: 1,
                backends: [backend],
                leaseDuration: .seconds(10),
                renewalInterval: .milliseconds(100)
            )
            let claimed = try await claim(in: store, worker)
            let locked = Gate()
            let release = Gate()
            let path = store.database.path
            let blocker = ThreadPool<Void>(name: "test", size: 1, make: {})
            async let blocking: Void = blocker.run {
                defer { locked.open() }
                let stranger = try scratchConnection(path)
                try stranger.begin()
                locked.open()
                release.wait()
                stranger.rollback()
            }
            // A test that fails half-way must not wait for its own lock.
            defer { release.open() }
            try await onThread { locked.wait() }
            // One renewal waits for the lock, the next for it.
            try await store.database.waitForLine(of: 1)
            // It is told a tenth of the lease before its end.
            clock.advance(by: .milliseconds(8_900))
            #expect(try await store.standing(of: claimed.lease) == .held)
            clock.advance(by: .milliseconds(200))
            #expect(try await store.standing(of: claimed.lease) == .lost)
            // By the database it still lasts: its worker was first.
            #expect(try await store.read { try $0.isLeased(worker.id, rules: store.rules) })
            release.open()
            try await blocking
            await blocker.close()
            #expect(try await store.standing(of: claimed.lease) == .lost)
            #expect(try await store.renew(worker.id) == false)
            let refused = await #expect(throws: QueueError.self) {
                try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
            }
            #expect(refused?.code == .staleLease)
            try await store.register(worker)
            #expect(try await store.holdBackend(backend, for: worker.id))
            let again = try await store.claim(ClaimRequest(worker: worker.id, backend: backend))
            #expect(again?.lease.attempt == 2)
            #expect(again?.job.id == claimed.job.id)
        }
    }

    @Test("Each is renewed in its own time, also one that comes while the next renewal is far off")
    func intervals() async throws {
        try await withStore { store in
            func register(_ number: Int, every interval: Duration) async throws -> WorkerID {
                let worker = WorkerRegistration(
                    host: "here",
                    processID: 1,
                    backends: [BackendID(rawValue: "http://127.0.0.1:\(number)")],
                    leaseDuration: .seconds(7_200),
                    renewalInterval: interval
                )
                try await store.register(worker)
                return worker.id
            }
            func end(of worker: WorkerID) async throws -> Int64? {
                try await store.read { connection in
                    try connection.first("SELECT lease_until FROM workers WHERE id = ?", .text(worker.rawValue)) {
                        try $0.integer(0)
                    }
                }
            }
            let slow = try await register(1, every: .seconds(3_600))
            let slowEnd = try await end(of: slow)
            let quick = try await register(2, every: .milliseconds(30))
            for _ in 0..<3 {
                let before = try await end(of: quick)
                while try await end(of: quick) == before { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(try await end(of: slow) == slowEnd)
        }
    }

    @Test("A worker that can't take itself off the list is dead all the same: others get what it held")
    func leavesInVain() async throws {
        try await withStore { store in
            let leaver = WorkerRegistration(
                host: "here",
                processID: 1,
                backends: [backend],
                leaseDuration: .seconds(600),
                renewalInterval: .milliseconds(50)
            )
            let claimed = try await claim(in: store, leaver)
            try await store.write { connection in
                try connection.script(
                    "CREATE TRIGGER stays BEFORE DELETE ON workers BEGIN SELECT RAISE(ABORT, 'full'); END"
                )
            }
            await #expect(throws: QueueError.self) { try await store.unregister(leaver.id) }
            #expect(try await store.workers().map(\.isAlive) == [false])
            #expect(try await store.standing(of: claimed.lease) == .lost)
            await #expect(throws: QueueError.self, "for good") {
                try await store.claim(ClaimRequest(worker: leaver.id, backend: backend))
            }
            try await store.write { try $0.script("DROP TRIGGER stays") }
            #expect(try await store.standing(of: claimed.lease) == .lost)
            let other = WorkerRegistration(host: "here", processID: 1, backends: [backend])
            try await store.register(other)
            #expect(try await store.holdBackend(backend, for: other.id))
            let again = try await store.claim(ClaimRequest(worker: other.id, backend: backend))
            #expect(again?.job.id == claimed.job.id)
        }
    }

    @Test("A renewal that finds no row ends it at once, whatever the job's row says")
    func sweptAway() async throws {
        try await withStore { store in
            let worker = WorkerRegistration(
                host: "here",
                processID: 1,
                backends: [backend],
                leaseDuration: .seconds(600),
                renewalInterval: .milliseconds(50)
            )
            let claimed = try await claim(in: store, worker)
            #expect(try await store.standing(of: claimed.lease) == .held)
            _ = try await store.write { try $0.execute("DELETE FROM workers WHERE id = ?", .text(worker.id.rawValue)) }
            try await waitForLoss(store, claimed.lease)
            #expect(try await store.read { try $0.jobRow(claimed.job.id)?.worker } == worker.id)
        }
    }
}
