import ImageQueueConcurrency
import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct FIFOGateTests {
    /// One that stands in line: on one actor with the test, it does as soon as it has begun and the test goes on.
    @MainActor
    private func waiter(at gate: FIFOGate) async throws -> Task<Void, any Error> {
        let hasBegun = Lock(false)
        let waiter = Task {
            hasBegun.withLock { $0 = true }
            try await gate.acquire()
        }
        while !hasBegun.withLock({ $0 }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        return waiter
    }

    @Test func cancelledWaitersLeaveTheLine() async throws {
        let gate = FIFOGate(permits: 1)
        try await gate.acquire()
        let waiter = try await waiter(at: gate)
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        gate.release()
        try await gate.acquire()
        gate.release()
    }

    @Test func closedLetsNobodyIn() async throws {
        let gate = FIFOGate(permits: 1)
        try await gate.acquire()
        let waiter = try await waiter(at: gate)
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
