internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A state behind a lock that a thread of the library can also wait on. `Lock` has no condition variable.
///
/// @unchecked: `state` is read and written only between lock and unlock of `mutex`.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    init(_ state: State) {
        self.state = state
        // On the heap: a lock must stay where it was made.
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Of the clock that limits are measured by: nobody sets it.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone. It must be short: callers may be on the cooperative pool.
    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Blocks this thread of the library until `body` has a value; it is asked again after each ``wakeOne()`` or
    /// ``wakeAll()``.
    ///
    /// - Parameter looking: for how long it is asked again and again before the thread sleeps. To be woken takes as
    ///   long as half a commit, and whoever has just been answered often comes back at once.
    func wait<Result>(looking: Duration = .zero, until body: (inout State) -> Result?) -> Result {
        assertOwnThread()
        if looking > .zero, coreCount > 1 {
            let began = MonotonicTime.now
            repeat {
                if let result = withLock(body) { return result }
                sched_yield()
            } while began.elapsed < looking
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Blocks this thread of the library until `body` has a value, as ``wait(looking:until:)`` does,
    /// or the time is over.
    func wait<Result>(upTo limit: Duration, until body: (inout State) -> Result?) -> Result? {
        assertOwnThread()
        let began = MonotonicTime.now
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            let left = limit - began.elapsed
            guard left > .zero else { return nil }
            #if canImport(Darwin)
            var time = MonotonicTime(nanoseconds: 0).advanced(by: left).time
            pthread_cond_timedwait_relative_np(condition, mutex, &time)
            #else
            var time = MonotonicTime.now.advanced(by: left).time
            pthread_cond_timedwait(condition, mutex, &time)
            #endif
        }
    }

    func wakeOne() { pthread_cond_signal(condition) }
    func wakeAll() { pthread_cond_broadcast(condition) }
}

private let coreCount = sysconf(Int32(_SC_NPROCESSORS_ONLN))
