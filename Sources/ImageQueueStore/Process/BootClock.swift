#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// An instant that all processes of this machine agree on, and that no setting of the wall clock moves.
///
/// Instants of different boots can't be compared: whatever was alive then is dead.
package struct BootInstant: Sendable, Hashable {
    /// Which boot: the kernel's own id.
    package let boot: String
    /// Since that boot, sleep included.
    package let milliseconds: Int64

    /// The same as a duration: to be compared within one boot, as a process's own instants are.
    var sinceBoot: Duration { .milliseconds(milliseconds) }

    package init(boot: String, milliseconds: Int64) {
        self.boot = boot
        self.milliseconds = milliseconds
    }
}

/// Reads the clock that leases are kept by.
package enum BootClock {
    package static var now: BootInstant {
        #if canImport(Darwin)
        // Darwin's CLOCK_MONOTONIC goes on "while the system is asleep" (clock_gettime(3)).
        let clock = CLOCK_MONOTONIC
        #else
        // Linux's CLOCK_MONOTONIC stands still while the machine sleeps.
        let clock = CLOCK_BOOTTIME
        #endif
        var time = timespec()
        clock_gettime(clock, &time)
        let milliseconds = Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        return BootInstant(boot: boot, milliseconds: milliseconds)
    }

    /// Read once: a process doesn't outlive its boot. "unknown" where the kernel tells none (then a lease ends by its
    /// lock or its expiry).
    static let boot: String = {
        #if canImport(Darwin)
        var bytes = [CChar](repeating: 0, count: 64)
        var count = bytes.count
        guard sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0 else { return "unknown" }
        return text(bytes)
        #else
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "re") else { return "unknown" }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 64)
        guard fgets(&bytes, Int32(bytes.count), file) != nil else { return "unknown" }
        return text(bytes)
        #endif
    }()

    private static func text(_ bytes: [CChar]) -> String {
        let word = bytes.map(UInt8.init(bitPattern:)).prefix { $0 > UInt8(ascii: " ") }
        return word.isEmpty ? "unknown" : String(decoding: word, as: UTF8.self).lowercased()
    }
}
