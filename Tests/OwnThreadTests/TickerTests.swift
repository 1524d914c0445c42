import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ImageQueueStore

/// In processes of their own, so that no other test's work is taken for the store's.
@Suite("A ticker beside slow store calls", .timeLimit(.minutes(2)))
struct TickerTests {
    /// Four calls a core: enough to stop a pool of one thread a core four times over.
    static let callCount = 4 * ProcessInfo.processInfo.activeProcessorCount
    static let limit = Duration.milliseconds(50)

    @Test("4 × cores calls that wait for a lock or a long read leave it within 50 ms")
    func slowCalls() async {
        await #expect(processExitsWith: .success) {
            try await SlowCalls.run { slow in
                // A loaded machine holds up any thread now and then. What blocks the pool would do so in every round.
                var rounds: [Duration] = []
                repeat {
                    #expect(slow.areUnderWay)
                    rounds.append(await Ticker.worstDelay(ofTicks: 50))
                    #expect(slow.areUnderWay)
                } while rounds.count < 10 && !rounds.contains(where: { $0 <= TickerTests.limit })
                #expect(
                    rounds.contains { $0 <= TickerTests.limit },
                    "each of \(rounds.count) rounds had a delay: \(rounds)"
                )
            }
        }
    }

    @Test("The ticker notices 4 × cores calls that block the pool's threads, in every round")
    func blockedPool() async {
        await #expect(processExitsWith: .success) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let end = End()
                for _ in 0..<TickerTests.callCount {
                    group.addTask { @Sendable in
                        while !end.isReached.withLock({ $0 }) {
                            usleep(200_000)
                            await Task.yield()
                        }
                    }
                }
                for _ in 0..<3 {
                    let delay = await Ticker.worstDelay(ofTicks: 2)
                    #expect(delay > TickerTests.limit, "\(delay)")
                }
                end.isReached.withLock { $0 = true }
                try await group.waitForAll()
            }
        }
    }
}

private final class End: Sendable {
    let isReached = Lock(false)
}

private enum Ticker {
    /// How late the latest of some ticks of 10 ms came, on the cooperative pool.
    @concurrent
    static func worstDelay(ofTicks count: Int) async -> Duration {
        let clock = ContinuousClock()
        var worst = Duration.zero
        for _ in 0..<count {
            let due = clock.now + .milliseconds(10)
            try? await clock.sleep(until: due, tolerance: .zero)
            worst = max(worst, clock.now - due)
        }
        return worst
    }
}

/// As many writes as reads: the writes wait for a lock that another connection holds, the reads for a gate.
private struct SlowCalls: Sendable {
    private let store: SQLiteJobStore
    private let gate = Gate()
    private let counts = Counts()
    private static let writes = TickerTests.callCount / 2

    private final class Counts: Sendable {
        let reading = Lock(0)
        let finished = Lock(0)
    }

    /// Calls `body` while all are under way, then lets them end.
    static func run(_ body: (SlowCalls) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "iq-ticker-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        var configuration = SQLiteStoreConfiguration(databasePath: directory.appending(path: "queue.db").path)
        configuration.busyLimit = .seconds(100)
        let slow = SlowCalls(store: try await .open(configuration))
        try await slow.run(at: configuration.databasePath, body)
        await slow.store.close()
    }

    /// None has ended; the writer waits for the lock, all readers for the gate, and the rest behind them.
    var areUnderWay: Bool {
        counts.finished.withLock { $0 } == 0 && counts.reading.withLock { $0 } == Database.Configuration().readers
            && store.database.waitingWrites >= Self.writes - 1
    }

    private func run(at path: String, _ body: (SlowCalls) async throws -> Void) async throws {
        let thread = ThreadPool<Void>(name: "test-lock", size: 1, make: {})
        let isLocked = Lock(false)
        async let holding: Void = thread.run { [gate] in
            let connection = try Connection(path: path, configuration: ConnectionConfiguration(access: .readWrite))
            try connection.control("BEGIN IMMEDIATE")
            isLocked.withLock { $0 = true }
            gate.wait()
            try connection.control("ROLLBACK")
        }
        while !isLocked.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<TickerTests.callCount {
                group.addTask {
                    if number < Self.writes { try await write() } else { try await read() }
                    counts.finished.withLock { $0 += 1 }
                }
            }
            while !areUnderWay { try await Task.sleep(for: .milliseconds(1)) }
            try await body(self)
            gate.open()
            try await group.waitForAll()
        }
        try await holding
        #expect(counts.finished.withLock { $0 } == TickerTests.callCount)
        await thread.close()
    }

    private func write() async throws {
        _ = try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))])
    }

    private func read() async throws {
        try await store.read { [gate, counts] _ in
            counts.reading.withLock { $0 += 1 }
            gate.wait()
        }
    }
}

/// Holds threads of the library until it is opened; then it stays open.
///
/// @unchecked: a semaphore is made for being shared by threads.
private final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
