internal import CSQLite

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Waits for another connection's lock: about 1 ms and jitter a time, up to a limit.
///
/// SQLite's own (`sqlite3_busy_timeout`) backs off up to 100 ms a time, and so starves one of two busy processes for
/// seconds; sleeps of 0.1 ms would halve the throughput.
final class BusyHandler {
    var limit: Duration
    private var began = MonotonicTime.now

    /// - Parameter limit: how long one statement waits in all before it fails with SQLITE_BUSY.
    init(limit: Duration) {
        self.limit = limit
    }

    /// `connection` must not outlive this handler.
    func install(on connection: OpaquePointer) {
        let callback: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32 = { context, calls in
            guard let context else { return 0 }
            let handler = Unmanaged<BusyHandler>.fromOpaque(context).takeUnretainedValue()
            return handler.waits(calls: calls) ? 1 : 0
        }
        sqlite3_busy_handler(connection, callback, Unmanaged.passUnretained(self).toOpaque())
    }

    /// `calls`: "the number of times that the busy handler has been invoked previously for the same locking event".
    private func waits(calls: Int32) -> Bool {
        if calls == 0 {
            began = .now
        } else if began.elapsed >= limit {
            return false
        }
        usleep(UInt32.random(in: 500...1_500))
        return true
    }
}
