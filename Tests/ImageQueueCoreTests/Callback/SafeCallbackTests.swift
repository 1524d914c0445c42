import Foundation
import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("Callbacks can't hurt the queue", .timeLimit(.minutes(1)))
struct SafeCallbackTests {
    /// Draws a picture in one second of a manual clock, and tells when it has begun.
    private struct TickingGenerator: ImageGenerator {
        let backend = BackendID(rawValue: "http://ticking.invalid:7860")
        let clock: ManualClock
        let begun: AsyncStream<Void>.Continuation
        private let fake = FakeImageGenerator()

        init(clock: ManualClock, begun: AsyncStream<Void>.Continuation) {
            self.clock = clock
            self.begun = begun
        }

        func draw(
            _ task: DrawingTask,
            onProgress: @escaping @Sendable (DrawingProgress) -> Void
        ) async throws -> any ArrivingImage {
            let end = clock.now.advanced(by: .seconds(1))
            begun.yield()
            try await clock.sleep(until: end, tolerance: nil)
            return try await fake.draw(task, onProgress: onProgress)
        }

        func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome { .notRunning }
        func settleOrphan(_ task: DrawingTask.ID) async throws {}
        func checkHealth() async throws {}
    }

    private static let jobs = 20

    /// Waits until it is so; a test whose time is over ends here.
    private func until(_ isSo: () -> Bool) async throws {
        while !isSo() {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Draws 20 jobs and counts the ticks of a second that it takes.
    ///
    /// - Parameter settle: Waits, before the callbacks are let go, for what is to become of them.
    private func ticks(
        _ prepare: (ImageQueue, ManualClock) async throws -> [CallbackRegistration],
        settle: (ManualClock) async throws -> Void = { _ in }
    ) async throws -> Int {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let registrations = try await prepare(queue, clock)
        defer { registrations.forEach { $0.cancel() } }
        var submissions: [Submission] = []
        for number in 0..<Self.jobs {
            submissions.append(Submission(request: TextToImageRequest(prompt: "\(number)")))
        }
        let receipts = try await queue.submit(submissions)
        let (begun, continuation) = AsyncStream<Void>.makeStream()
        var configuration = WorkerConfiguration()
        configuration.stopsWhenDrained = true
        let worker = ImageWorker(
            queue: queue,
            backends: [TickingGenerator(clock: clock, begun: continuation)],
            files: InMemoryImageFiles(),
            configuration: configuration,
            clock: clock
        )
        var ticks = 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await worker.run()
                continuation.finish()
            }
            for await _ in begun {
                ticks += 1
                clock.advance(by: .seconds(1))
            }
            try await group.waitForAll()
        }
        for receipt in receipts {
            #expect(try await queue.status(of: receipt.jobID)?.state == .complete)
        }
        try await settle(clock)
        return ticks
    }

    @Test("One that throws, one that blocks its thread and one that takes five seconds cost not one tick")
    func costNothing() async throws {
        let plain = try await ticks { _, _ in [] }
        #expect(plain == Self.jobs)

        let unblock = DispatchSemaphore(value: 0)
        let told = Lock<[JobEvent]>([])
        struct Refusal: Error {}
        let throwing = Lock<SafeCallback?>(nil)
        let blocking = Lock<SafeCallback?>(nil)
        let slow = Lock<SafeCallback?>(nil)
        @Sendable func refusalsTold() -> [JobEvent] {
            told.withLock { $0.filter { $0.failure?.code == .callbackFailed } }
        }
        let disturbed = try await ticks { queue, clock in
            let throwingOne = SafeCallback(name: "throwing", clock: clock) { _ in throw Refusal() }
            let blockingOne = SafeCallback(name: "blocking", clock: clock) { _ in unblock.wait() }
            let slowOne = SafeCallback(name: "slow", clock: clock) { _ in try await clock.sleep(for: .seconds(5)) }
            throwing.withLock { $0 = throwingOne }
            blocking.withLock { $0 = blockingOne }
            slow.withLock { $0 = slowOne }
            let watching = SafeCallback(name: "watching") { event in told.withLock { $0.append(event) } }
            var registrations: [CallbackRegistration] = []
            for callback in [watching, throwingOne, blockingOne, slowOne] {
                registrations.append(try await queue.onEvents(call: callback))
            }
            return registrations
        } settle: { clock in
            try await until { (throwing.withLock { $0?.statistics.failed } ?? 0) > 0 }
            // The call that blocks is left behind.
            try await until {
                clock.advance(by: .seconds(5))
                return (blocking.withLock { $0?.statistics.timedOut } ?? 0) > 0
            }
            try await until { refusalsTold().contains { $0.failure?.message.contains("throwing") == true } }
        }
        #expect(disturbed == plain)
        for _ in 0..<8 { unblock.signal() }
        let failures = refusalsTold()
        #expect(failures.contains { $0.failure?.message.contains("throwing") == true })
        #expect(failures.allSatisfy { !$0.isFinal && $0.kind == .error })
    }

    @Test("A call at the limit is left behind, at most two at once, and what was missed is each job's last event")
    func leftBehind() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let unblock = DispatchSemaphore(value: 0)
        let calls = Lock<[JobEvent]>([])
        let callback = SafeCallback(name: "stuck", clock: clock) { event in
            let count = calls.withLock { calls in
                calls.append(event)
                return calls.count
            }
            if count <= 2 { unblock.wait() }
        }
        let registration = try await queue.onEvents(call: callback)
        var receipts: [SubmitReceipt] = []
        for number in 0..<4 {
            receipts.append(try await queue.submit(Submission(request: TextToImageRequest(prompt: "\(number)"))))
        }
        for round in 1...2 {
            try await until { calls.withLock { $0.count } >= round }
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(5))
            try await until { callback.statistics.timedOut >= round }
        }
        // Two are left behind: nothing more is called, however much happens.
        for receipt in receipts { _ = try await queue.cancel(receipt.jobID) }
        #expect(calls.withLock { $0.count } == 2)
        unblock.signal()
        try await until { calls.withLock { $0.filter(\.isFinal).count } >= 4 }
        let later = calls.withLock { $0.dropFirst(2) }
        for receipt in receipts {
            #expect(later.filter { $0.jobID == receipt.jobID }.last?.isFinal == true)
        }
        #expect(callback.statistics.skipped > 0)
        unblock.signal()
        registration.cancel()
    }

    @Test("Registered several times, all registrations go on once the calls that were left behind have come back")
    func registeredSeveralTimes() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        let unblock = DispatchSemaphore(value: 0)
        let isBlocking = Lock(true)
        let seen = Lock<Set<JobID>>([])
        let callback = SafeCallback(name: "stuck", clock: clock) { event in
            if isBlocking.withLock({ $0 }) { unblock.wait() }
            if let job = event.jobID { seen.withLock { _ = $0.insert(job) } }
        }
        let conversations = ["a", "b", "c", "d"].map(ConversationID.init(rawValue:))
        var registrations: [CallbackRegistration] = []
        for conversation in conversations {
            registrations.append(
                try await queue.onEvents(matching: JobFilter(conversation: conversation), call: callback)
            )
        }
        func submitToAll() async throws -> [JobID] {
            var jobs: [JobID] = []
            for conversation in conversations {
                var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                submission.conversation = conversation
                jobs.append(try await queue.submit(submission).jobID)
            }
            return jobs
        }
        _ = try await submitToAll()
        // Four calls are left behind: but for one, which may have looked before the second was, all wait for room.
        try await until {
            clock.advance(by: .seconds(5))
            return callback.statistics.timedOut >= conversations.count
        }
        isBlocking.withLock { $0 = false }
        for _ in 0..<8 { unblock.signal() }
        let last = try await submitToAll()
        try await until { seen.withLock { $0.isSuperset(of: last) } }
        registrations.forEach { $0.cancel() }
    }

    @Test("A failure is told once a minute, and then how many came between")
    func toldOnceAMinute() async throws {
        let clock = ManualClock()
        let queue = ImageQueue(store: InMemoryJobStore())
        struct Refusal: Error {}
        let callback = SafeCallback(name: "hook", clock: clock) { _ in throw Refusal() }
        let registration = try await queue.onEvents(call: callback)
        var reader = try await queue.events(matching: JobFilter()).makeAsyncIterator()
        func submitAndFail(_ count: Int) async throws {
            _ = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi")))
            try await until { callback.statistics.failed >= count }
        }
        try await submitAndFail(1)
        #expect(try await reader.next()?.kind == .queued)
        let first = try await reader.next()
        #expect(first?.failure?.code == .callbackFailed)
        #expect(first?.isFinal == false)
        #expect(first?.jobID != nil)
        clock.advance(by: .seconds(59))
        try await submitAndFail(2)
        #expect(try await reader.next()?.kind == .queued)
        clock.advance(by: .seconds(1))
        try await submitAndFail(3)
        #expect(try await reader.next()?.kind == .queued)
        let second = try await reader.next()
        #expect(second?.failure?.code == .callbackFailed)
        #expect(second?.failure?.message.contains("1 times") == true)
        registration.cancel()
    }
}
