#if !THREAD_SANITIZER
package import Synchronization
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

#if !THREAD_SANITIZER
/// A value that one thread at a time reads or writes: `Mutex`, but in a build for the thread sanitizer.
///
/// The sanitizer doesn't see into the futex of `Mutex`, which lives in the standard library, and accuses correct code. It
/// knows pthread_mutex. `Scripts/test --sanitize` sets `THREAD_SANITIZER`.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline
    let mutex: Mutex<Value>

    @inlinable
    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs `body` alone. It must be short, and must not take the same lock again.
    ///
    /// Always inlined: the compiler otherwise calls it, and `body`, unspecialised, which costs more than the lock.
    @inlinable @inline(__always)
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
#else
/// A value that one thread at a time reads or writes, as the thread sanitizer understands it.
///
/// @unchecked: `value` is read and written only between lock and unlock of `mutex`.
package struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // On the heap: a lock must stay where it was made.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    package init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
#endif
