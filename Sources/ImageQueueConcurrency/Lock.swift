#if !THREAD_SANITIZER
public import Synchronization
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

#if !THREAD_SANITIZER
/// A value that one thread at a time reads or writes: `Mutex`, but in a build for the thread sanitizer.
///
/// The sanitizer doesn't see into the futex of `Mutex`, which lives in the standard library, and accuses correct code.
/// It knows pthread_mutex. `Scripts/test --sanitize` sets `THREAD_SANITIZER`.
///
/// Public for the compiler's sake, in a module that is no product: Swift 6.3 takes over nothing of another module that
/// is `package`, so that each use would call `withLock` and its `body` unspecialised, which costs more than the lock.
public struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline
    let mutex: Mutex<Value>

    /// A lock around a value.
    @inlinable
    public init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs `body` alone. It must be short, and must not take the same lock again.
    @inlinable @inline(__always)
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
#else
/// A value that one thread at a time reads or writes, as the thread sanitizer understands it.
///
/// @unchecked: `value` is read and written only between lock and unlock of `mutex`.
public struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // On the heap: a lock must stay where it was made.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    /// A lock around a value.
    public init(_ value: consuming sending Value) {
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

    /// Runs `body` alone. It must be short, and must not take the same lock again.
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
#endif
