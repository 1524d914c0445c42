import ImageQueueConcurrency
import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct FIFOGateTests {
    @Test func cancelledWaitersLeaveTheLine() async throws {
        let gate = FIFOGate(permits: 1)
        try await gate.acquire()
        let waiter = Task { try await gate.acquire() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        gate.release()
        try await gate.acquire()
        gate.release()
    }

    @Test func closedLetsNobodyIn() async throws {
        let gate = FIFOGate(permits: 1)
        try await gate.acquire()
        let waiter = Task { try await gate.acquire() }
        gate.close()
        gate.release()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        await #expect(throws: CancellationError.self) { try await gate.acquire() }
    }

    @Test func neverLetsInMoreThanItHas() async throws {
        let gate = FIFOGate(permits: 3)
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await gate.acquire()
                    room.enter()
                    await Task.yield()
                    room.leave()
                    gate.release()
                }
            }
            try await group.waitForAll()
        }
        #expect((1...3).contains(room.most))
    }

    private final class Room: Sendable {
        private let inside = Lock((now: 0, most: 0))

        var most: Int { inside.withLock(\.most) }

        func enter() {
            inside.withLock { inside in
                inside.now += 1
                inside.most = max(inside.most, inside.now)
            }
        }

        func leave() { inside.withLock { $0.now -= 1 } }
    }
}
