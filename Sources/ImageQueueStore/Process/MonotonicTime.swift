#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// An instant for measuring short spans on a thread of the library, where a `Clock` would cost more than what it times.
struct MonotonicTime: Sendable {
    let nanoseconds: Int64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// "For ever" is a hundred years.
    func advanced(by span: Duration) -> MonotonicTime {
        let longest: Int64 = 3_155_760_000
        let parts = span.components
        let seconds = min(max(parts.seconds, -longest), longest)
        return MonotonicTime(nanoseconds: nanoseconds + seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }

    /// As the system's calls take it.
    var time: timespec {
        timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    var elapsed: Duration { .nanoseconds(Self.now.nanoseconds - nanoseconds) }
}

extension Duration {
    /// Whole milliseconds, as the database and calls of the system take them. "For ever" is 140,000 years, to which a
    /// time of day can be added.
    var milliseconds: Int64 {
        let longest: Int64 = 1 << 42
        let parts = components
        return min(max(parts.seconds, -longest), longest) * 1_000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
