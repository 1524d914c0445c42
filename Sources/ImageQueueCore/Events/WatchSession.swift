#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Reads for a watcher what its buffer asks for, and keeps it at the hub for as long as somebody can read.
final class WatchSession: Sendable {
    let watcher: Watcher
    private let hub: EventHub
    private let store: any JobStore

    init(watcher: Watcher, hub: EventHub, store: any JobStore) {
        self.watcher = watcher
        self.hub = hub
        self.store = store
    }

    deinit { hub.remove(watcher) }

    private static let pageSize = 256

    /// What a read led to.
    enum Reading {
        case event(JobEvent)
        /// The alarm went off before there was an event.
        case nothing
        case end
    }

    /// The next event, as soon as there is one; `nil` after the end or when the task is cancelled.
    func next() async throws -> JobEvent? {
        if case .event(let event) = try await read(until: nil) { event } else { nil }
    }

    /// The next event if there is one now.
    func poll() async throws -> JobEvent? {
        if case .event(let event) = try await read(until: .now) { event } else { nil }
    }

    /// The next event. An alarm ends only the wait, never what is being read: no event is lost or held up by it.
    func read(until alarm: Alarm?) async throws -> Reading {
        while !Task.isCancelled {
            let step = watcher.step()
            switch step {
            case .deliver(let event):
                return .event(event)
            case .finish:
                return .end
            case .wait, .waitToLook:
                if let failure = watcher.failure { throw failure }
                if let alarm, alarm.isOver { return .nothing }
                try await watcher.wait(toLook: step == .waitToLook, until: alarm)
            case .readOn(let token):
                let page = try await page(after: token)
                watcher.change { $0.presentMore(page) }
            case .replay(let cursor):
                try await replay(after: cursor)
            case .startOver:
                try await startOver()
            case .lookAtPositions(let jobs):
                try await look(at: jobs)
            }
        }
        return .end
    }

    /// Reads how things stand, for a watch that begins with it; answers which of the named jobs there are.
    func begin() async throws -> Set<JobID> {
        let page = try await page(after: nil)
        watcher.change { $0.present(page, telling: nil) }
        return Set(page.jobs.map(\.id))
    }

    /// For a watch that goes on after a place: answers which of the named jobs there are, and notes which have ended.
    func resume() async throws -> Set<JobID> {
        guard watcher.filter.jobs != nil else { return [] }
        let page = try await page(after: nil)
        watcher.change { $0.noteEnded(Set(page.jobs.filter(\.state.isFinal).map(\.id))) }
        return Set(page.jobs.map(\.id))
    }

    /// A page of how things stand: of named jobs all in one, those that were pruned among them.
    private func page(after token: PageToken?) async throws -> StoreSnapshot {
        var page = try await store.snapshot(
            matching: watcher.filter,
            as: watcher.requester,
            after: token,
            limit: watcher.filter.jobs?.count ?? Self.pageSize
        )
        for missing in watcher.filter.jobs?.subtracting(page.jobs.map(\.id)).sorted() ?? [] {
            guard let job = try await store.job(missing, as: watcher.requester), job.isPruned,
                watcher.matches(JobEvent(snapshotOf: job, cursor: page.cursor))
            else { continue }
            page.jobs.append(job)
        }
        return page
    }

    private func replay(after cursor: EventCursor) async throws {
        watcher.change { $0.beginReplay() }
        let events: [JobEvent]?
        do {
            events = try await store.events(
                after: cursor,
                matching: watcher.filter,
                as: watcher.requester,
                limit: Self.pageSize
            )
        } catch {
            watcher.change { $0.replayFailed() }
            throw error
        }
        if let events {
            watcher.change { $0.replayed(events, isWhole: events.count < Self.pageSize) }
        } else {
            watcher.change { $0.replayFailed() }
            try await startOver()
        }
    }

    /// What came before is not known any more: RESET, then how every job stands that has not ended.
    private func startOver() async throws {
        watcher.change { $0.beginPresenting() }
        do {
            let page = try await page(after: nil)
            let reset = JobEvent(kind: .reset, isFinal: false, cursor: page.cursor, at: .now, jobID: nil)
            watcher.change { $0.present(page, telling: reset) }
        } catch {
            watcher.change { $0.presentingFailed() }
            throw error
        }
    }

    private func look(at jobs: Set<JobID>) async throws {
        do {
            let page = try await store.jobs(
                matching: JobFilter(jobs: jobs, states: [.queued]),
                as: watcher.requester,
                after: nil,
                limit: 500
            )
            watcher.change { $0.takePositions(page.jobs) }
        } catch {
            watcher.change { $0.lookFailed() }
            throw error
        }
    }
}
