import Foundation
import ImageQueueConcurrency
import Testing

@Suite("The lock", .timeLimit(.minutes(1)))
struct LockTests {
    @Test("Threads that count behind it lose no count, and the thread sanitizer finds nothing in that")
    func counts() async {
        await #expect(processExitsWith: .success) {
            let count = Lock(0)
            try await onFourThreads { count.withLock { $0 += 1 } }
            #expect(count.withLock { $0 } == 4_000)
        }
    }

    @Test("What it holds is let go of with it")
    func release() {
        final class Held: Sendable {}
        weak var held: Held?
        do {
            let lock = Lock(Held())
            held = lock.withLock { $0 }
            #expect(held != nil)
        }
        #expect(held == nil)
    }

    #if THREAD_SANITIZER
    @Test("The thread sanitizer finds threads that count without it")
    func race() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let count = Unguarded()
            try await onFourThreads { count.value += 1 }
        }
        let report = String(decoding: ending?.standardErrorContent ?? [], as: UTF8.self)
        #expect(report.contains("WARNING: ThreadSanitizer"))
    }

    /// @unchecked: it is the race that the sanitizer has to find.
    private final class Unguarded: @unchecked Sendable {
        var value = 0
    }
    #endif
}

/// Runs `body` a thousand times on each of four threads at once.
private func onFourThreads(_ body: @escaping @Sendable () -> Void) async throws {
    let running = Lock(4)
    for number in 0..<4 {
        try LibraryThread.start(named: "test-\(number)") {
            for _ in 0..<1_000 { body() }
            running.withLock { $0 -= 1 }
        }
    }
    while running.withLock({ $0 }) > 0 {
        try await Task.sleep(for: .milliseconds(1))
    }
}
