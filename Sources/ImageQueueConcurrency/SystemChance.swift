#if THREAD_SANITIZER
/// The system's random numbers, in a value that takes room.
///
/// `SystemRandomNumberGenerator` takes none, and the thread sanitizer, which watches what is lent `inout`, falls over
/// the address of nothing.
package struct SystemChance: RandomNumberGenerator, Sendable {
    private var system = SystemRandomNumberGenerator()
    private var room: UInt8 = 0

    package init() {}

    package mutating func next() -> UInt64 { system.next() }
}
#else
/// The system's random numbers; in a build for the thread sanitizer a type that it can bear.
package typealias SystemChance = SystemRandomNumberGenerator
#endif
