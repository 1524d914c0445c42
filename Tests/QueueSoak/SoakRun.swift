import ForgeClient
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueTesting

/// Keeps some jobs under way until so many have ended, and cancels some of them at random moments.
final class SoakRun: Sendable {
    struct Stuck: Error {}

    private struct State {
        var chance: SeededGenerator
        var unfinished: Set<JobID> = []
        var submitted = 0
        var ended = 0
        var lastEnd = ContinuousClock.now
        var memory: [SoakReport.Memory] = []
        var cancels: [SoakReport.Cancel] = []
        var mostOpen = 0
        var mostLeftOver = 0
    }

    private let queue: ImageQueue
    private let generator: ForgeGenerator
    private let count: Int
    private let begun = ContinuousClock.now
    private let changed = Signal()
    private let state: Lock<State>

    /// How many jobs are under way.
    private static let backlog = 24
    /// Longer than any job can take here.
    private static let patience = Duration.seconds(40)

    init(queue: ImageQueue, generator: ForgeGenerator, count: Int, seed: UInt64) {
        self.queue = queue
        self.generator = generator
        self.count = count
        state = Lock(State(chance: SeededGenerator(seed: seed)))
    }

    var unfinished: [JobID] { state.withLock { $0.unfinished.sorted() } }

    /// Returns once all have ended.
    ///
    /// - Throws: ``Stuck`` if none ends for long.
    func drive() async throws {
        let events = try await queue.events(matching: JobFilter())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await event in events {
                    if event.isFinal, let job = event.jobID { self.end(job) }
                }
            }
            group.addTask { try await self.keepWatch() }
            try await withThrowingTaskGroup(of: Void.self) { cancels in
                try await submitAll(&cancels)
                try await cancels.waitForAll()
            }
            try await wait { $0.ended >= self.count }
            group.cancelAll()
        }
    }

    private func submitAll(_ cancels: inout ThrowingTaskGroup<Void, any Error>) async throws {
        for number in 0..<count {
            try await wait { $0.unfinished.count < Self.backlog }
            let (submission, cancel) = state.withLock { Self.draw(number, &$0.chance) }
            let job = try await queue.submit(submission).jobID
            // Its end may have been told before.
            state.withLock { state in
                state.submitted += 1
                state.unfinished.insert(job)
            }
            if let known = try await queue.status(of: job), known.state.isFinal { end(job) }
            if let cancel { cancels.addTask { try await self.cancel(job, cancel) } }
        }
    }

    private struct Wish {
        var wait: Duration
        var mode: CancelMode
    }

    private static func draw(_ number: Int, _ chance: inout SeededGenerator) -> (Submission, Wish?) {
        var request = TextToImageRequest(prompt: "job \(number)")
        request.width = 64
        request.height = 64
        request.steps = 4
        request.seed = Int64(UInt32.random(in: 0...UInt32.max, using: &chance))
        request.pictureCount = Int.random(in: 0..<8, using: &chance) == 0 ? Int.random(in: 2...4, using: &chance) : 1
        var submission = Submission(request: request)
        submission.owner = Owner(rawValue: "owner \(Int.random(in: 0..<4, using: &chance))")
        submission.priority = Priority(rawValue: Int.random(in: 0...2, using: &chance)) ?? .normal
        let wait = Duration.milliseconds(Int.random(in: 0...1500, using: &chance))
        let isGentle = Int.random(in: 0..<5, using: &chance) == 0
        guard Int.random(in: 0..<5, using: &chance) == 0 else { return (submission, nil) }
        return (submission, Wish(wait: wait, mode: isGentle ? .afterPicture : .now))
    }

    private func cancel(_ job: JobID, _ wish: Wish) async throws {
        try await Task.sleep(for: wish.wait)
        let outcome = try await queue.cancel(job, mode: wish.mode)
        state.withLock { $0.cancels.append(SoakReport.Cancel(job: "\(job)", outcome: SoakReport.word(outcome))) }
    }

    private func end(_ job: JobID) {
        state.withLock { state in
            guard state.unfinished.remove(job) != nil else { return }
            state.ended += 1
            state.lastEnd = .now
            if state.ended.isMultiple(of: max(1, count / 4)) {
                state.memory.append(SoakReport.Memory(jobs: state.ended, kilobytes: MemoryUse.resident()))
            }
        }
        changed.raise()
    }

    private func wait(until isSo: (borrowing State) -> Bool) async throws {
        while true {
            let seen = changed.count
            if state.withLock({ isSo($0) }) { return }
            try Task.checkCancellation()
            await changed.wait(past: seen)
        }
    }

    /// Counts the open requests now and then, and sees that jobs go on ending.
    private func keepWatch() async throws {
        while true {
            try await Task.sleep(for: .milliseconds(5))
            let open = generator.openRequests
            let isStuck = state.withLock { state in
                state.mostOpen = max(state.mostOpen, open.all)
                state.mostLeftOver = max(state.mostLeftOver, open.leftOver)
                return state.lastEnd.duration(to: .now) > Self.patience
            }
            if isStuck { throw Stuck() }
        }
    }

    /// Gives requests that nobody waits for the time in which they end by themselves.
    func waitForOpenRequests(atMost limit: Duration) async throws {
        let start = ContinuousClock.now
        while generator.openRequests.all > 0, start.duration(to: .now) < limit {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func report() -> SoakReport {
        let open = generator.openRequests
        return state.withLock { state in
            SoakReport(
                seconds: (begun.duration(to: .now) / .milliseconds(100)).rounded() / 10,
                jobs: state.ended,
                memory: state.memory,
                cancels: state.cancels,
                mostOpen: state.mostOpen,
                mostLeftOver: state.mostLeftOver,
                openAtEnd: open.all
            )
        }
    }
}
