import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Waits for a file or folder to change and strikes a process right then, or a little after.
enum Ambush {
    /// Looks every 30 µs, on a thread of its own: a commit takes less than a timer of Swift's would.
    ///
    /// - Parameters:
    ///   - paths: What is watched; what isn't there yet counts as changed once it is.
    ///   - delay: Microseconds between the change and the blow.
    /// - Returns: Whether something changed within the limit; the blow falls in any case.
    static func strike(
        _ process: Int32,
        onChangeOf paths: [String],
        microsecondsAfter delay: UInt32,
        within limit: Duration
    ) async -> Bool {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                let before = paths.map(Trace.init(path:))
                let start = ContinuousClock.now
                var hasChanged = false
                while !hasChanged, start.duration(to: .now) < limit {
                    usleep(30)
                    hasChanged = paths.map(Trace.init(path:)) != before
                }
                usleep(delay)
                kill(process, SIGKILL)
                continuation.resume(returning: hasChanged)
            }
            thread.start()
        }
    }

    private struct Trace: Equatable {
        var size: Int64 = -1
        var seconds = 0
        var nanoseconds = 0

        init(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            size = Int64(status.st_size)
            #if canImport(Darwin)
            let time = status.st_mtimespec
            #else
            let time = status.st_mtim
            #endif
            seconds = time.tv_sec
            nanoseconds = Int(time.tv_nsec)
        }
    }
}
