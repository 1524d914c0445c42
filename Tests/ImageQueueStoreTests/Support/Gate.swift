import Foundation

/// Holds a thread of the library until a test opens it.
///
/// @unchecked: a semaphore is made for being shared by threads.
final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }
    func wait() { semaphore.wait() }
}
