#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What happens to the jobs that a watcher asked for, in order.
///
/// Every logged event (QUEUED, COMPLETE, ERROR) comes, however slow the reader; of PROGRESS, and of new places in the
/// queue, only the newest. A watch of named jobs ends after the last one's final event; any other goes on until its
/// task is cancelled. One reader at a time.
public struct JobEvents: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = JobEvent

    let watcher: Watcher
    private let session: Session

    init(watcher: Watcher, hub: EventHub, store: any JobStore, namesJobs: Bool) {
        self.watcher = watcher
        self.session = Session(watcher: watcher, hub: hub, store: store, namesJobs: namesJobs)
    }

    /// Begins to read, where the last reader left off.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(session: session) }

    /// Gives up the watch: the reader's sequence ends once it has read what has come until now.
    public func finish() { watcher.change { $0.close() } }

    /// Reads events one at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let session: Session

        /// The next event, as soon as there is one; `nil` after the end or when the task is cancelled.
        ///
        /// - Throws: ``QueueError`` with code `store_unavailable` if the log can't be read; reading may go on after.
        public mutating func next() async throws -> JobEvent? { try await session.next() }
    }

    /// Keeps the watcher at the hub for as long as somebody can read.
    final class Session: Sendable {
        let watcher: Watcher
        private let hub: EventHub
        private let store: any JobStore
        private let namesJobs: Bool

        init(watcher: Watcher, hub: EventHub, store: any JobStore, namesJobs: Bool) {
            self.watcher = watcher
            self.hub = hub
            self.store = store
            self.namesJobs = namesJobs
        }

        deinit { hub.remove(watcher) }

        private static let pageSize = 256

        func next() async throws -> JobEvent? {
            while !Task.isCancelled {
                if case .some(let answer) = try await advance(waiting: true) { return answer }
            }
            return nil
        }

        /// The next event if there is one now.
        func poll() async throws -> JobEvent? {
            while true {
                switch try await advance(waiting: false) {
                case .some(let answer): return answer
                case .none: continue
                }
            }
        }

        /// One step; the outer `nil` means that it led to no event yet, the inner that there is none.
        private func advance(waiting: Bool) async throws -> JobEvent?? {
            switch watcher.step() {
            case .deliver(let event):
                return .some(event)
            case .finish:
                return .some(nil)
            case .wait:
                guard waiting else { return .some(nil) }
                await watcher.wait()
            case .replay(let cursor):
                try await replay(after: cursor)
            case .startOver:
                try await startOver()
            case .lookAtPositions(let jobs):
                let page = try await store.jobs(
                    matching: JobFilter(jobs: jobs, states: [.queued]),
                    as: watcher.requester,
                    after: nil,
                    limit: 500
                )
                watcher.change { $0.takePositions(page.jobs) }
            }
            return .none
        }

        private func replay(after cursor: EventCursor) async throws {
            watcher.change { $0.beginReplay() }
            let events = try await store.events(
                after: cursor,
                matching: watcher.filter,
                as: watcher.requester,
                limit: Self.pageSize
            )
            if let events {
                watcher.change { $0.replayed(events, isWhole: events.count < Self.pageSize) }
            } else {
                try await startOver()
            }
        }

        /// What came before is not known any more: RESET, then how every job stands that has not ended.
        private func startOver() async throws {
            let snapshot = try await store.snapshot(matching: watcher.filter, as: watcher.requester)
            let reset = JobEvent(kind: .reset, isFinal: false, cursor: snapshot.cursor, at: .now, jobID: nil)
            watcher.change { $0.present(snapshot, telling: reset, isEnding: namesJobs) }
        }
    }
}
