#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What happens to the jobs that a watcher asked for, in order.
///
/// Every logged event (QUEUED, COMPLETE, ERROR) comes, however slow the reader, or RESET where some were pruned before
/// its process had read them; of PROGRESS, and of new places in the queue, only the newest. A watch of named jobs ends
/// after the last one's final event; any other goes on until its task is cancelled. One reader at a time: a second one
/// is refused where it would have to wait.
///
/// How things stand comes first, or after RESET: the newest jobs before older ones, where there are many. Only the last of
/// it carries the place at which it stands; whoever goes on after an earlier one, which carries `snapshot-0`, is told RESET and
/// how things stand once more.
public struct JobEvents: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = JobEvent

    let session: WatchSession

    /// Begins to read, where the last reader left off.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(session: session) }

    /// Gives up the watch: the reader's sequence ends once it has read what has come until now.
    public func finish() { session.watcher.change { $0.close() } }

    /// Reads events one at a time.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        let session: WatchSession

        /// The next event, as soon as there is one; `nil` after the end or when the task is cancelled.
        ///
        /// - Throws: ``QueueError`` with code `store_unavailable` if the log can't be read (reading may go on after),
        ///   `store_damaged` where it never can be again and `closed` once the store is closed (each later call throws the
        ///   same), and with `invalid_request` where another task waits for this watch's events; `CancellationError` where the
        ///   task is cancelled while the log is read.
        public mutating func next() async throws -> JobEvent? { try await session.next() }
    }
}
