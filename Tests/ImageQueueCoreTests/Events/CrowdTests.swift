import ImageQueueConcurrency
import Testing

@testable import ImageQueueCore

@Suite("Waking the readers of an event", .timeLimit(.minutes(1)))
struct CrowdTests {
    /// Runs jobs where Swift does, and notes from where each was put in.
    private final class Recorder: TaskExecutor {
        private let counts = Lock((own: 0, others: 0))

        var enqueued: (own: Int, others: Int) { counts.withLock(\.self) }

        func forget() { counts.withLock { $0 = (0, 0) } }

        func enqueue(_ job: consuming ExecutorJob) {
            counts.withLock { if LibraryThread.isCurrent { $0.own += 1 } else { $0.others += 1 } }
            let job = UnownedJob(job)
            globalConcurrentExecutor.enqueue(job)
        }
    }

    private final class Waiting: Sendable {
        private let list = Lock<[Watcher.Reader]>([])

        var readers: [Watcher.Reader] { list.withLock(\.self) }

        func add() async {
            await withUnsafeContinuation { (reader: Watcher.Reader) in list.withLock { $0.append(reader) } }
        }
    }

    @Test("Few are woken by the thread that publishes, many by another, and none is left out", arguments: [0, 1])
    func wakes(more: Int) async throws {
        let recorder = Recorder()
        let count = Crowd.limit + more
        let waiting = Waiting()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask(executorPreference: recorder) { await waiting.add() }
            }
            // Whoever waits is woken also where time is over.
            while waiting.readers.count < count, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(1))
            }
            #expect(waiting.readers.count == count)
            recorder.forget()
            Crowd(waiting.readers).wake()
        }
        #expect(recorder.enqueued == (more == 0 ? (0, count) : (count, 0)))
    }
}
