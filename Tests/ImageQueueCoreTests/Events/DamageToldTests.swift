import Dispatch
import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("A log that can't be read any more, told to its watchers", .timeLimit(.minutes(1)))
struct DamageToldTests {
    private struct Observation: StoreObservation {
        let start = EventCursor(log: "log", sequence: 0)
        func cancel() {}
    }

    private struct Teller: Sendable {
        var tell: @Sendable (StoreDelta) -> Void
        func end() { tell(StoreDelta(cursor: EventCursor(log: "", sequence: 0), damage: "It is damaged.")) }
    }

    private func watcher(buffer: WatchBuffer = WatchBuffer(remaining: nil)) -> Watcher {
        Watcher(filter: JobFilter(), members: nil, requester: .operator, buffer: buffer, clock: ContinuousClock())
    }

    @Test("Every watcher is told, and who comes later observes anew")
    func everybody() async throws {
        let tellers = Lock<[Teller]>([])
        let hub = EventHub { deliver in
            tellers.withLock { $0.append(Teller(tell: deliver)) }
            return Observation()
        }
        let watchers = [watcher(), watcher()]
        for watcher in watchers { try await hub.add(watcher) }
        #expect(tellers.withLock(\.count) == 1)
        tellers.withLock { $0[0] }.end()
        for watcher in watchers {
            #expect(watcher.failure?.code == .storeDamaged)
            #expect(watcher.failure?.message == "It is damaged.")
        }
        let later = watcher()
        try await hub.add(later)
        #expect(tellers.withLock(\.count) == 2)
        #expect(later.failure == nil)
    }

    @Test("An observation that ends before it is handed over is not kept")
    func early() async throws {
        let tellers = Lock<[Teller]>([])
        let hub = EventHub { deliver in
            let teller = Teller(tell: deliver)
            let count = tellers.withLock { tellers in
                tellers.append(teller)
                return tellers.count
            }
            if count == 1 { teller.end() }
            return Observation()
        }
        let first = watcher()
        try await hub.add(first)
        #expect(first.failure?.code == .storeDamaged)
        let second = watcher()
        try await hub.add(second)
        #expect(tellers.withLock(\.count) == 2)
        tellers.withLock { $0[1] }.end()
        #expect(second.failure?.code == .storeDamaged)
    }

    @Test("A callback that was slow gets what came before, and then ends")
    func slowCallback() async throws {
        let clock = ManualClock()
        let store = InMemoryJobStore()
        let tellers = Lock<[Teller]>([])
        let hub = EventHub { deliver in
            tellers.withLock { $0.append(Teller(tell: deliver)) }
            return try await store.observe(deliver)
        }
        let watcher = watcher()
        let session = WatchSession(watcher: watcher, hub: hub, store: store)
        try await hub.add(watcher)
        _ = try await session.begin()

        let unblock = DispatchSemaphore(value: 0)
        let calls = Lock<[JobEvent]>([])
        weak var callback: SafeCallback?
        let registration = {
            let new = SafeCallback(name: "slow", clock: clock) { event in
                let count = calls.withLock { calls in
                    calls.append(event)
                    return calls.count
                }
                if count == 1 { unblock.wait() }
            }
            callback = new
            return new.start(reading: JobEvents(session: session)) { _ in }
        }()
        let submissions = (0..<3).map { Submission(request: TextToImageRequest(prompt: "\($0)")) }
        let receipts = try await store.submit(submissions)
        while calls.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(2)) }
        for receipt in receipts { _ = try await store.cancel(receipt.jobID, mode: .now, as: .operator) }
        tellers.withLock { $0[0] }.end()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(5))

        let ended = { Set(calls.withLock { $0.filter(\.isFinal).compactMap(\.jobID) }) }
        while ended().count < 3 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(ended() == Set(receipts.map(\.jobID)))
        unblock.signal()
        // Nobody holds it but the task that reads for it, and the call that was left behind.
        while callback != nil { try await Task.sleep(for: .milliseconds(2)) }
        registration.cancel()
    }
}
