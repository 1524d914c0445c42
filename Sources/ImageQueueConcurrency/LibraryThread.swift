internal import CSystemShims

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Threads of the library's own: nothing that waits for a disk or a lock runs on Swift's cooperative ones.
package enum LibraryThread {
    /// Starts a thread that runs `body` and ends with it.
    ///
    /// It takes no signals: those are the host's, on the host's threads. Faults of its own it does take: "If any of the
    /// SIGFPE, SIGILL, SIGSEGV, or SIGBUS signals are generated while they are blocked, the result is undefined"
    /// (POSIX, pthread_sigmask), and Swift's backtrace would not be printed.
    ///
    /// - Parameter name: seen in debuggers and `top -H`; Linux keeps 15 bytes.
    /// - Throws: ``LibraryThread/Refusal`` where the system has no thread left.
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(Refusal) {
        let code = create(Start(name: name, body: body))
        guard code == 0 else { throw Refusal(errno: code) }
    }

    /// Runs what takes long on a thread of its own, while the task that waits for it holds none of Swift's few.
    ///
    /// - Throws: what `body` throws; ``LibraryThread/Refusal`` where the system has no thread left.
    package static func call<Value: Sendable>(
        named name: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let meeting = Lock(Meeting<Value>.open)
        try start(named: name) {
            let result = Result { try body() }
            meeting.withLock { $0.end(with: result) }?.resume(with: result)
        }
        return try await withUnsafeThrowingContinuation { continuation in
            let result = meeting.withLock { $0.wait(with: continuation) }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Where a thread and the task that waits for it meet: whichever comes first.
    private enum Meeting<Value: Sendable>: Sendable {
        case open
        case waiting(UnsafeContinuation<Value, any Error>)
        case ended(Result<Value, any Error>)

        /// - Returns: who waits already.
        mutating func end(with result: Result<Value, any Error>) -> UnsafeContinuation<Value, any Error>? {
            if case .waiting(let continuation) = self { return continuation }
            self = .ended(result)
            return nil
        }

        /// - Returns: the result, if it is there already.
        mutating func wait(with continuation: UnsafeContinuation<Value, any Error>) -> Result<Value, any Error>? {
            if case .ended(let result) = self { return result }
            self = .waiting(continuation)
            return nil
        }
    }

    /// The system started no thread.
    package struct Refusal: Error {
        package let errno: Int32
    }

    private static func create(_ start: Start) -> Int32 {
        let context = Unmanaged.passRetained(start).toOpaque()
        var held = sigset_t()
        var before = sigset_t()
        sigfillset(&held)
        for fault in [SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGTRAP] { sigdelset(&held, fault) }
        pthread_sigmask(SIG_SETMASK, &held, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, &attributes, { LibraryThread.run($0) }, context)
        #else
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { $0.flatMap(LibraryThread.run) }, context)
        #endif
        if code != 0 { Unmanaged<Start>.fromOpaque(context).release() }
        return code
    }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func run(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        csystem_set_name(String(start.name.prefix(15)))
        pthread_setspecific(mark, UnsafeRawPointer(bitPattern: 1))
        start.body()
        return nil
    }

    /// Whether the caller runs on one of these threads.
    package static var isCurrent: Bool { pthread_getspecific(mark) != nil }

    /// Runs a task's step on this thread, which is none of the library's for that time:
    /// a task must not block here either.
    package static func lend(_ step: () -> Void) {
        pthread_setspecific(mark, nil)
        step()
        pthread_setspecific(mark, UnsafeRawPointer(bitPattern: 1))
    }

    private static let mark: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()
}

/// Stops a debug build where SQLite, a file or a picture would block a thread that isn't the library's. In a release
/// build an empty call.
package func assertOwnThread(file: StaticString = #fileID, line: UInt = #line) {
    assert(LibraryThread.isCurrent, "this blocks: call it on a thread of the library", file: file, line: line)
}
