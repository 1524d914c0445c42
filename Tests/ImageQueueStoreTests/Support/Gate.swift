import Foundation

/// Holds threads of the library until a test opens it; then it stays open, for a write's body may be run again.
///
/// @unchecked: a semaphore is made for being shared by threads.
final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
