import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("What a backend's answers say of it", .timeLimit(.minutes(1)))
struct BackendStandingTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    @Test("A job that is refused again and again by a backend that is well does not hold up the others")
    func refusedForItself() async throws {
        let refusal = FakeImageGenerator.Step.failing(GenerationError(.unauthorized, message: "not this one"))
        generator.enqueue(refusal, refusal, .picture)
        let poison = try await submit("poison")
        let other = try await submit("other")
        try await running { _ in
            try await until {
                clock.advance(by: .milliseconds(200))
                return try await status(other).state == .complete
            }
        }
        #expect(generator.drawn.map(\.id.job).prefix(3) == [poison, poison, other])
    }

    @Test(
        "What a backend hangs at is seen to before it is given another job",
        arguments: [GenerationError.FailureClass.hung, .timedOut]
    )
    func seenTo(failure: GenerationError.FailureClass) async throws {
        generator.enqueue(.failing(GenerationError(failure, message: "no step for ten minutes")), .picture)
        let stuck = try await submit("stuck")
        let other = try await submit("other")
        try await running { _ in
            try await until {
                clock.advance(by: .milliseconds(200))
                let states = [try await status(stuck).state, try await status(other).state]
                return states.allSatisfy { $0 == .complete }
            }
        }
        let left = DrawingTask.ID(job: stuck, attempt: 1, number: 0)
        #expect(generator.drawn.first?.id == left)
        #expect(try await store.orphans(on: generator.backend).isEmpty)
        // Where the shift goes on, the generator itself waits for what it has left.
        guard failure == .hung else { return }
        let settled = try #require(generator.calls.firstIndex(of: .settleOrphan(left)))
        #expect(generator.calls[..<settled].count { if case .draw = $0 { true } else { false } } == 1)
    }

    @Test("What may still be drawn once its connection broke is seen to before the backend is given another job")
    func brokenOff() async throws {
        generator.enqueue(.failing(GenerationError(.connectionLost, message: "504")), .picture)
        let job = try await submit()
        try await running { _ in
            try await until {
                clock.advance(by: .milliseconds(200))
                return try await status(job).state == .complete
            }
        }
        let left = DrawingTask.ID(job: job, attempt: 1, number: 0)
        let settled = try #require(generator.calls.firstIndex(of: .settleOrphan(left)))
        #expect(generator.calls[..<settled].count { if case .draw = $0 { true } else { false } } == 1)
        #expect(try await store.orphans(on: generator.backend).isEmpty)
    }

    @Test("That its backend can't be stopped is told as soon as a drawing shows it, and then by a cancel")
    func uninterruptible() async throws {
        let step = FakeImageGenerator.Step(progress: [DrawingProgress(fraction: 0.1, remaining: nil)], hangs: true)
        generator.enqueue(step)
        try await running { _ in
            func told() async throws -> Set<ImageRequest.Kind>? {
                try await queue.backends().first?.report?.interruptibleKinds
            }
            try await until { try await told() == Set(ImageRequest.Kind.allCases) }
            generator.answerInterrupts(with: .impossible)
            let job = try await submit()
            try await until { try await told() == [] }
            #expect(try await queue.cancel(job) == .requested(stillDrawing: true))
            try await until {
                clock.advance(by: .milliseconds(200))
                return try await status(job).state.isFinal
            }
            #expect(try await status(job).failure == .cancelledStillDrawing)
        }
    }

    @Test("A picture that was on its way when the next request failed does not close the breaker that this has opened")
    func arrivesAfterFailure() async throws {
        let refusal = FakeImageGenerator.Step.failing(GenerationError(.unauthorized, message: "not any more"))
        generator.enqueue(FakeImageGenerator.Step(arrivesLate: true), refusal)
        let job = try await submit("kedi", count: 2)
        try await running { _ in
            try await until {
                guard case .open = try await queue.backends().first?.report?.breaker else { return false }
                return true
            }
            generator.deliver()
            try await until { try await status(job).state == .queued }
            for _ in 0..<500 { await Task.yield() }
            #expect(generator.drawn.count == 2)
            clock.advance(by: .seconds(1))
            #expect(try await end(of: job).state == .complete)
            #expect(generator.drawn.map(\.id.number) == [0, 1, 1])
        }
    }

    @Test("A whole picture counts though a damaged one before it was seen only after its answer began")
    func damagedBetween() {
        let worker = ImageWorker(queue: queue, backends: [generator], files: files, clock: clock)
        let standing = BackendStanding(of: generator.backend, for: worker)
        for _ in 1...10 {
            let (damaged, whole) = (standing.beginAnswer(), standing.beginAnswer())
            #expect(standing.note(.failed(.malformedAnswer), of: damaged) == .proceed)
            #expect(standing.note(.drew, of: whole) == .proceed)
        }
        for _ in 1...5 { standing.note(.failed(.malformedAnswer), of: standing.beginAnswer()) }
        #expect(!standing.isTrusted)
    }

    @Test("A failure of a job's own does not silence a picture on its way; one that sets the backend aside does")
    func ownFailures() {
        let worker = ImageWorker(queue: queue, backends: [generator], files: files, clock: clock)
        let standing = BackendStanding(of: generator.backend, for: worker)
        let first = standing.beginAnswer()
        standing.note(.failed(.rejectedInput))
        #expect(standing.note(.drew, of: first) == .proceed)
        let second = standing.beginAnswer()
        standing.note(.failed(.hung))
        standing.note(.setAside(.seconds(3)))
        #expect(standing.note(.drew, of: second) == nil)
        #expect(!standing.isTrusted)
    }
}
