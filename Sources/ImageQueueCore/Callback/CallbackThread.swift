internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A thread that runs one callback's calls, so that one that blocks holds up nothing but itself.
///
/// It is a task executor: whatever the callback awaits comes back to this thread. It ends once it is released and has
/// nothing left to run.
final class CallbackThread: TaskExecutor {
    private let queue = Queue()

    /// `nil` where the system has no thread left.
    init?() {
        guard queue.start() else { return nil }
    }

    deinit {
        queue.close()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.push(UnownedJob(job), executor: self)
    }

    /// The jobs that wait, and the thread's own condition.
    ///
    /// `@unchecked Sendable`: `jobs` and `isClosed` are touched with `mutex` held only.
    private final class Queue: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var jobs: [(UnownedJob, CallbackThread)] = []
        private var isClosed = false

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }

        /// - Returns: whether there is a thread.
        func start() -> Bool { (try? LibraryThread.start(named: "imagequeue-call") { self.run() }) != nil }

        func push(_ job: UnownedJob, executor: CallbackThread) {
            pthread_mutex_lock(mutex)
            jobs.append((job, executor))
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        func close() {
            pthread_mutex_lock(mutex)
            isClosed = true
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        private func run() {
            while let (job, executor) = pop() {
                LibraryThread.lend { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
            }
        }

        private func pop() -> (UnownedJob, CallbackThread)? {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while jobs.isEmpty {
                if isClosed { return nil }
                pthread_cond_wait(condition, mutex)
            }
            return jobs.removeFirst()
        }
    }
}
