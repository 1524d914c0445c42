internal import CSQLite
internal import Synchronization

/// Stops what a reading connection is doing, from any thread.
///
/// Not sqlite3_interrupt: "A call to sqlite3_interrupt(D) that occurs when there are no running SQL statements is a no-op",
/// so a wish that comes just before a statement runs would be lost. SQLite asks this flag every so many steps instead.
final class Interruption: Sendable {
    private let flag = Atomic(false)

    var isWanted: Bool {
        get { flag.load(ordering: .relaxed) }
        set { flag.store(newValue, ordering: .relaxed) }
    }

    /// `connection` must not outlive this.
    func install(on connection: OpaquePointer) {
        let stepsBetweenLooks: Int32 = 1_000
        let callback: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
            guard let context else { return 0 }
            // "If the progress callback returns non-zero, the operation is interrupted."
            return Unmanaged<Interruption>.fromOpaque(context).takeUnretainedValue().isWanted ? 1 : 0
        }
        sqlite3_progress_handler(connection, stepsBetweenLooks, callback, Unmanaged.passUnretained(self).toOpaque())
    }
}
