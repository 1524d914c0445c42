import Foundation
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("The worker", .timeLimit(.minutes(1)))
struct ImageWorkerTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    @Test("Runs once at a time")
    func twice() async throws {
        let worker = worker()
        try await running(worker) {
            try await until { try await store.workers().count == 1 }
            let error = await #expect(throws: QueueError.self) { try await worker.run() }
            #expect(error?.code == .invalidRequest)
            let job = try await submit()
            #expect(try await end(of: job).state == .complete)
        }
        // Stopped for good.
        try await worker.run()
    }

    @Test("Draws each picture with its own seed, stores its file, then records it")
    func draws() async throws {
        let job = try await submit(count: 3)
        try await worker { $0.stopsWhenDrained = true }.run()
        let done = try await status(job)
        #expect(done.state == .complete)
        #expect(done.images.map(\.number) == [0, 1, 2])
        let seed = UInt64(try #require(done.request.drawing).seed)
        #expect(done.images.map(\.seed) == [seed, (seed + 1) & 0xFFFF_FFFF, (seed + 2) & 0xFFFF_FFFF])
        #expect(Set(done.images.map(\.path)) == Set(files.files.keys))
        #expect(Set(done.images.map(\.sha256)).count == 3)
        #expect(try await store.workers().isEmpty)
    }

    @Test("A failure ends the job, keeps the pictures before it, and the worker goes on")
    func failure() async throws {
        generator.enqueue(.picture, .failing(GenerationError(.backendFailed, message: "It broke.")), .picture)
        let first = try await submit(count: 2)
        let second = try await submit()
        try await worker { $0.stopsWhenDrained = true }.run()
        let failed = try await status(first)
        #expect(failed.state == .failed)
        #expect(failed.failure == JobFailure(code: .backendFailed, message: "It broke."))
        #expect(failed.images.count == 1)
        #expect(try await status(second).state == .complete)
    }

    @Test("An unavailable backend gives the job back, no try spent, and is asked again after a wait")
    func unavailable() async throws {
        generator.enqueue(.failing(GenerationError(.unavailable, message: "Nobody there.")))
        let job = try await submit()
        try await running(worker()) {
            try await wait(for: job) { $0.kind == .queued && $0.attempt == 1 }
            // Nothing is tried before the second is over: it sleeps, its housekeeping beside it, and whoever is woken has come
            // to rest again before the next look.
            await clock.sleepers(atLeast: 2)
            #expect(generator.drawn.count == 1)
            let looks = generator.calls.count
            clock.advance(by: .milliseconds(900))
            await clock.sleepers(atLeast: 2)
            #expect(generator.calls.count == looks)
            while try await status(job).state != .complete {
                try Task.checkCancellation()
                clock.advance(by: .milliseconds(200))
                await Task.yield()
            }
        }
        let done = try await status(job)
        #expect(done.attempt == 2)
        #expect(generator.drawn.map(\.id.attempt) == [1, 2])
    }

    @Test("Where it may not wait, an unavailable backend ends the run and the job stays queued")
    func stopsWhenUnavailable() async throws {
        generator.becomeIll(GenerationError(.unavailable, message: "Nobody there."))
        let job = try await submit()
        await #expect(throws: GenerationError.self) {
            try await worker { $0.stopsWhenUnavailable = true }.run()
        }
        let waiting = try await status(job)
        #expect(waiting.state == .queued)
        #expect(waiting.attempt == 0)
        #expect(try await store.workers().isEmpty)
    }

    @Test("A cancel interrupts the picture, keeps what was finished, and draws nothing more of that job")
    func cancel() async throws {
        generator.enqueue(.picture, .hanging)
        let job = try await submit(count: 3)
        let next = try await submit("next")
        try await running(worker()) {
            await generator.draws(atLeast: 2)
            #expect(try await queue.cancel(job) == .requested(stillDrawing: false))
            try await wait(for: job) { $0.isFinal }
            try await wait(for: next) { $0.isFinal }
        }
        let cancelled = try await status(job)
        #expect(cancelled.state == .cancelled)
        #expect(cancelled.failure?.code == .cancelled)
        #expect(cancelled.images.count == 1)
        #expect(files.files.keys.filter { $0.contains(job.description) }.count == 1)
        #expect(try await status(next).state == .complete)
        #expect(generator.drawn.filter { $0.id.job == job }.count == 2)
    }

    @Test("A cancel on a backend that can't be interrupted ends the job at once and says so")
    func cancelWithoutInterrupt() async throws {
        generator.enqueue(.hanging)
        generator.answerInterrupts(with: .impossible)
        let job = try await submit()
        try await running(worker()) {
            await generator.draws(atLeast: 1)
            _ = try await queue.cancel(job)
            try await wait(for: job) { $0.isFinal }
        }
        #expect(try await status(job).failure == .cancelledStillDrawing)
    }

    @Test("A cancel on a backend that has fallen silent ends the job, and the next one waits until it is well")
    func cancelInSilence() async throws {
        generator.enqueue(.hanging)
        generator.failInterrupts(with: GenerationError(.timedOut, message: "No answer."))
        let job = try await submit()
        let next = try await submit("next")
        try await running(worker { $0.interruptGrace = .zero }) {
            await generator.draws(atLeast: 1)
            generator.becomeIll(GenerationError(.timedOut, message: "No answer."))
            _ = try await queue.cancel(job)
            try await wait(for: job) { $0.isFinal }
            #expect(try await status(next).state == .queued)
            generator.becomeIll(nil)
            try await letTimePass { try await status(next).state == .complete }
        }
        #expect(try await status(job).failure == .cancelledStillDrawing)
        let calls = generator.calls
        let left = DrawingTask.ID(job: job, attempt: 1, number: 0)
        let settled = try #require(calls.firstIndex(of: .settleOrphan(left)))
        let drawn = try #require(calls.lastIndex { if case .draw = $0 { true } else { false } })
        #expect(settled < drawn)
    }

    @Test("A picture that comes before an interrupt could be sent is whole: the job completes in spite of its cancel")
    func interruptNotSent() async throws {
        generator.enqueue(.hanging)
        generator.failInterrupts(with: GenerationError(.timedOut, message: "No answer."))
        let job = try await submit()
        try await running(worker()) {
            await generator.draws(atLeast: 1)
            #expect(try await queue.cancel(job) == .requested(stillDrawing: false))
            while !generator.calls.contains(where: { if case .interrupt = $0 { true } else { false } }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            generator.release()
            try await wait(for: job) { $0.isFinal }
        }
        let done = try await status(job)
        #expect(done.state == .complete)
        #expect(done.images.count == 1)
    }

    @Test("What can't be interrupted at a stop is known to whoever uses the backend next")
    func stopWithoutInterrupt() async throws {
        generator.enqueue(.hanging)
        generator.answerInterrupts(with: .impossible)
        let job = try await submit()
        try await running(worker { $0.stopGrace = .zero }) { await generator.draws(atLeast: 1) }
        #expect(try await status(job).state == .queued)
        let left = DrawingTask.ID(job: job, attempt: 1, number: 0)
        #expect(try await store.orphans(on: generator.backend) == [left])
        try await worker { $0.stopsWhenDrained = true }.run()
        let seen = generator.calls.compactMap { call -> DrawingTask.ID? in
            switch call {
            case .settleOrphan(let task): task
            case .draw(let task): task.id
            default: nil
            }
        }
        #expect(seen == [left, left, DrawingTask.ID(job: job, attempt: 2, number: 0)])
        #expect(try await store.orphans(on: generator.backend).isEmpty)
    }

    @Test("What was left with the backend is not looked for once it has answered a later request")
    func leftBehind() async throws {
        generator.enqueue(.hanging, .hanging)
        generator.answerInterrupts(with: .impossible)
        let job = try await submit()
        let next = try await submit()
        try await running(worker()) {
            await generator.draws(atLeast: 1)
            _ = try await queue.cancel(job)
            await generator.draws(atLeast: 2)
            let left = DrawingTask.ID(job: job, attempt: 1, number: 0)
            #expect(try await store.orphans(on: generator.backend) == [left])
            generator.release()
            try await wait(for: next) { $0.isFinal }
            #expect(try await store.orphans(on: generator.backend).isEmpty)
        }
        #expect(!generator.calls.contains { if case .settleOrphan = $0 { true } else { false } })
    }

    @Test("A stop lets the picture finish within its grace")
    func gracefulStop() async throws {
        generator.enqueue(.hanging)
        let job = try await submit()
        let waiting = try await submit("waiting")
        let worker = worker()
        try await running(worker) {
            await generator.draws(atLeast: 1)
            worker.stop()
            generator.release()
        }
        #expect(try await status(job).state == .complete)
        #expect(try await status(waiting).state == .queued)
    }

    @Test("A stop interrupts after its grace and gives the job back, no try spent")
    func stopAfterGrace() async throws {
        generator.enqueue(.hanging)
        let job = try await submit()
        let worker = worker()
        try await running(worker) {
            await generator.draws(atLeast: 1)
            worker.stop()
            while !generator.calls.contains(where: { if case .interrupt = $0 { true } else { false } }) {
                try Task.checkCancellation()
                clock.advance(by: .milliseconds(500))
                await Task.yield()
            }
        }
        let released = try await status(job)
        #expect(released.state == .queued)
        #expect(released.images.isEmpty)
        #expect(try await store.workers().isEmpty)
    }

    @Test("A job that was taken away leaves no file of the lost attempt")
    func lostLease() async throws {
        generator.enqueue(.hanging)
        let job = try await submit()
        let worker = worker()
        try await running(worker) {
            await generator.draws(atLeast: 1)
            store.simulateDeath(of: worker.id)
            try await store.sweep()
            generator.release()
            // It registers again and draws the job anew.
            try await wait(for: job) { $0.isFinal }
        }
        let done = try await status(job)
        #expect(done.state == .complete)
        #expect(done.attempt == 2)
        #expect(Set(files.files.keys) == Set(done.images.map(\.path)))
    }

    @Test("Where several backends notice that the worker was swept away, it registers anew once")
    func registersOnce() async throws {
        let worker = worker()
        #expect(try await worker.registerAnew(since: worker.registrationCount))
        let job = try await submit()
        #expect(try await store.holdBackend(generator.backend, for: worker.id))
        let claimed = try #require(
            try await store.claim(ClaimRequest(worker: worker.id, backend: generator.backend))
        )
        #expect(claimed.job.id == job)
        // The other backend's loop had noticed as well, before.
        #expect(try await !worker.registerAnew(since: 0))
        #expect(try await store.standing(of: claimed.lease) == .held)
        #expect(try await worker.registerAnew(since: worker.registrationCount))
        #expect(try await store.standing(of: claimed.lease) == .lost)
    }

    @Test("What a dead worker had sent is seen to before the backend is used")
    func orphan() async throws {
        let dead = WorkerRegistration(host: "here", processID: 1, backends: [generator.backend])
        try await store.register(dead)
        let job = try await submit()
        #expect(try await store.holdBackend(generator.backend, for: dead.id))
        let claimed = try await store.claim(ClaimRequest(worker: dead.id, backend: generator.backend))
        #expect(claimed?.job.id == job)
        store.simulateDeath(of: dead.id)
        try await worker { $0.stopsWhenDrained = true }.run()
        let calls = generator.calls.filter { $0 != .checkHealth }
        #expect(calls.first == .settleOrphan(DrawingTask.ID(job: job, attempt: 1, number: 0)))
        #expect(calls.filter { if case .settleOrphan = $0 { true } else { false } }.count == 1)
        #expect(try await status(job).state == .complete)
        #expect(try await store.orphans(on: generator.backend).isEmpty)
    }

    @Test("What could not be seen to at first is seen to before the backend is used")
    func orphanInTwoGoes() async throws {
        let orphan = DrawingTask.ID(job: .make(), attempt: 1, number: 0)
        try await store.noteOrphan(orphan, on: generator.backend)
        generator.failSettlingOnce(with: GenerationError(.unavailable, message: "Nobody there."))
        let job = try await submit()
        try await running(worker()) {
            try await letTimePass { try await status(job).state.isFinal }
        }
        let calls = generator.calls.filter { $0 != .checkHealth }
        #expect(Array(calls.prefix(2)) == [.settleOrphan(orphan), .settleOrphan(orphan)])
        #expect(try await store.orphans(on: generator.backend).isEmpty)
    }

    @Test("What has come up on a backend since the last job is seen to before the next one")
    func betweenJobs() async throws {
        let orphan = DrawingTask.ID(job: .make(), attempt: 1, number: 0)
        try await running(worker()) {
            // With the third one nothing about the backend is new to the worker any more.
            for _ in 0..<3 {
                let job = try await submit()
                try await wait(for: job) { $0.isFinal }
                // It keeps house, and waits for a job.
                await clock.sleepers(atLeast: 2)
            }
            try await store.noteOrphan(orphan, on: generator.backend)
            try await wait(for: try await submit()) { $0.isFinal }
            await clock.sleepers(atLeast: 2)
            try await store.setDraining(false, backend: generator.backend)
            try await wait(for: try await submit()) { $0.isFinal }
        }
        let calls = generator.calls
        let settled = try #require(calls.firstIndex(of: .settleOrphan(orphan)))
        func draws(_ calls: some Sequence<FakeImageGenerator.Call>) -> Int {
            calls.count { if case .draw = $0 { true } else { false } }
        }
        #expect(draws(calls[..<settled]) == 3)
        // One that was added is asked whether it is well.
        let asked = try #require(calls.lastIndex(of: .checkHealth))
        #expect(draws(calls[..<asked]) == 4)
        #expect(calls.count { $0 == .checkHealth } == 2)
    }
}
