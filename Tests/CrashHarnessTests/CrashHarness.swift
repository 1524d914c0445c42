import Foundation
import ImageQueueTesting
import Testing

/// What tries hard to break the queue: real processes that die, hang and come back, at random moments.
///
/// One after another: each starts several processes. The short forms belong to every test run; `Scripts/test --long`
/// makes the long ones. A failure tells its seed: `IMAGE_QUEUE_SEED` draws the same chances again, though not the same
/// moments of the scheduler.
@Suite(.serialized, .timeLimit(.minutes(30)))
enum CrashHarness {
    private static let environment = ProcessInfo.processInfo.environment

    static let isLong = environment["IMAGE_QUEUE_LONG"] != nil

    static func rounds(short: Int, long: Int) -> Int { isLong ? long : short }

    /// A seed of this run's own, or the one that is to be tried again.
    static func seed() -> UInt64 {
        environment["IMAGE_QUEUE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
    }
}
