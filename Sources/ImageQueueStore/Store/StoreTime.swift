#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What the store reads times from: the wall clock for people, the boot clock for leases.
package struct StoreTime: Sendable {
    /// Milliseconds since 1970, UTC.
    package var wall: @Sendable () -> Int64
    /// What leases are kept by.
    package var boot: @Sendable () -> BootInstant

    package init(
        wall: @escaping @Sendable () -> Int64,
        boot: @escaping @Sendable () -> BootInstant
    ) {
        self.wall = wall
        self.boot = boot
    }

    static let system = StoreTime(
        wall: { Int64((Date.now.timeIntervalSince1970 * 1000).rounded(.down)) },
        boot: { BootClock.now }
    )
}

extension Date {
    /// Milliseconds since 1970, UTC, as columns hold them.
    init(storeMilliseconds: Int64) { self.init(timeIntervalSince1970: Double(storeMilliseconds) / 1000) }
}
