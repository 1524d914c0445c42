import Foundation
import ImageQueueTesting

@testable import ImageQueueCore

/// A store's log, an observation that lags behind it, and a reader, that take turns at random around one buffer; and
/// what a watcher must be able to rely on, checked at every delivery.
struct WatchModel {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// A job as the model's store keeps it.
    private struct Standing {
        var attempt = 0
        var percent: Int?
        var isEnded = false
    }

    /// What the reader is waiting for: first to be read, then to be taken in.
    private enum Reading {
        case replay(EventCursor)
        case replayed([JobEvent]?)
        case page(Page)
        case paged(Page, StoreSnapshot)
        case places(Set<JobID>)
        case placed([Job])
    }

    private struct Page {
        var after: Int?
        var isTelling = false
    }

    private static let log = "log"
    private static let pageSize = 8

    private var random: SeededGenerator
    private let named: Set<JobID>?
    private var buffer: WatchBuffer
    private let limits: WatchBuffer.Limits

    // The store.
    private var jobs: [JobID] = []
    private var standing: [JobID: Standing] = [:]
    private var events: [JobEvent] = []
    private var prunedThrough: Int64 = 0
    private var changed: Set<JobID> = []

    // The observation.
    private var observedThrough: Int64 = 0
    private var deltas: [StoreDelta] = []

    // The reader.
    private var reading: Reading?
    private var delivered: Int64
    private var expectedStanding: [JobID] = []
    private var expectsReset = false
    private var told: [JobID: (attempt: Int, percent: Int)] = [:]
    private var ended: Set<JobID> = []
    private var isFinished = false
    private(set) var resets = 0
    private(set) var replays = 0
    private(set) var loggedDeliveries = 0
    private(set) var progressDeliveries = 0
    private(set) var placeDeliveries = 0
    private(set) var greatestSize = 0

    init(seed: UInt64, isNamed: Bool, isFresh: Bool, limits: WatchBuffer.Limits) {
        random = SeededGenerator(seed: seed)
        let pool = (0..<12).map { _ in JobID.make() }
        named = isNamed ? Set(pool.prefix(3)) : nil
        self.limits = limits
        jobs = pool
        delivered = 0
        buffer =
            isFresh
            ? WatchBuffer(remaining: named, limits: limits)
            : WatchBuffer(
                cursor: EventCursor(log: Self.log, sequence: 0),
                remaining: named,
                isBehind: true,
                limits: limits
            )
        for job in pool { submit(job) }
        for _ in 0..<20 { commit() }
        _ = observe()
        deltas.removeAll()
        if isFresh { reading = .page(Page(after: nil)) }
    }

    /// So many random turns, then everything comes to rest.
    mutating func run(turns: Int, pruning: Bool) throws {
        for _ in 0..<turns {
            switch Int.random(in: 0..<(pruning ? 41 : 40), using: &random) {
            case 0..<12: commit()
            case 12..<18: _ = observe()
            case 18..<25: deliverDelta()
            case 40: prune()
            default: try turnReader()
            }
            greatestSize = max(greatestSize, buffer.size)
        }
        try settle()
    }

    // MARK: The store

    private var now: EventCursor { EventCursor(log: Self.log, sequence: Int64(events.count)) }

    private mutating func submit(_ job: JobID) {
        if standing[job] == nil { standing[job] = Standing() }
        log(.queued, job)
    }

    private mutating func log(_ kind: JobEvent.Kind, _ job: JobID) {
        events.append(
            JobEvent(
                kind: kind,
                isFinal: kind != .queued,
                cursor: EventCursor(log: Self.log, sequence: Int64(events.count + 1)),
                at: .distantPast,
                jobID: job,
                attempt: standing[job]?.attempt ?? 0,
                status: kind == .queued ? "queued" : kind == .complete ? "complete" : "error",
                position: kind == .queued ? 1 : nil
            )
        )
    }

    private mutating func commit() {
        if Int.random(in: 0..<8, using: &random) == 0 {
            let job = JobID.make()
            jobs.append(job)
            submit(job)
            return
        }
        guard let job = jobs.filter({ standing[$0]?.isEnded == false }).randomElement(using: &random),
            var state = standing[job]
        else { return }
        if let percent = state.percent {
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                state.percent = nil
                state.isEnded = true
            case 1: state.percent = nil
            default: state.percent = min(99, percent + Int.random(in: 0..<20, using: &random))
            }
        } else if Int.random(in: 0..<6, using: &random) == 0 {
            state.isEnded = true
        } else {
            state.attempt += 1
            state.percent = 0
        }
        standing[job] = state
        if state.isEnded {
            log(Bool.random(using: &random) ? .complete : .error, job)
        } else if state.percent == nil {
            log(.queued, job)
        } else {
            changed.insert(job)
        }
    }

    private mutating func prune() { prunedThrough = Int64.random(in: prunedThrough...now.sequence, using: &random) }

    private func progress(_ job: JobID) -> JobEvent? {
        guard let state = standing[job], let percent = state.percent else { return nil }
        return JobEvent(
            kind: .progress,
            isFinal: false,
            cursor: now,
            at: .distantPast,
            jobID: job,
            attempt: state.attempt,
            status: "processing",
            progress: percent
        )
    }

    // MARK: The observation

    /// Reads what is new, to be delivered later; answers whether there was anything.
    private mutating func observe() -> Bool {
        // What was pruned before it was read is gone.
        let fresh = Array(events[Int(max(observedThrough, prunedThrough))...]).filter(isWatched)
        let hasGap = observedThrough < prunedThrough
        let progress = changed.compactMap(progress).filter(isWatched)
        changed.removeAll()
        let isNew = observedThrough < now.sequence || !progress.isEmpty
        observedThrough = now.sequence
        if isNew { deltas.append(StoreDelta(events: fresh, progress: progress, cursor: now, hasGap: hasGap)) }
        return isNew
    }

    private func isWatched(_ event: JobEvent) -> Bool {
        guard let named, let job = event.jobID else { return true }
        return named.contains(job)
    }

    private mutating func deliverDelta() {
        guard !deltas.isEmpty else { return }
        let delta = deltas.removeFirst()
        buffer.take(
            events: delta.events,
            progress: delta.progress,
            cursor: delta.cursor,
            moves: delta.events.count + delta.progress.count,
            hasGap: delta.hasGap
        )
    }

    // MARK: The reader

    private mutating func turnReader() throws {
        switch reading {
        case nil:
            _ = try step(mayLook: true)
        case .replay(let cursor):
            let page = events[Int(cursor.sequence)...].filter(isWatched).prefix(Self.pageSize)
            reading = .replayed(cursor.sequence >= prunedThrough ? Array(page) : nil)
        case .replayed(nil):
            buffer.replayFailed()
            beginPage()
        case .replayed(let result?):
            reading = nil
            if Int.random(in: 0..<10, using: &random) == 0 {
                buffer.replayFailed()
            } else {
                buffer.replayed(result, isWhole: result.count < Self.pageSize)
            }
        case .page(let page):
            reading = .paged(page, snapshot(after: page.after))
        case .paged(let page, let snapshot):
            reading = nil
            take(snapshot, of: page)
        case .places(let jobs):
            reading = .placed(jobs.map(view).filter { $0.state == .queued })
        case .placed(let jobs):
            reading = nil
            buffer.takePositions(jobs)
        }
    }

    private mutating func beginPage() {
        buffer.beginPresenting()
        reading = .page(Page(after: nil, isTelling: true))
    }

    /// As `JobStore.snapshot` does: the newest before older ones, no job twice.
    private func snapshot(after: Int?) -> StoreSnapshot {
        let candidates = jobs[..<(after ?? jobs.count)].enumerated().filter { _, job in
            named?.contains(job) ?? (standing[job]?.isEnded == false)
        }
        let page = candidates.suffix(named == nil ? Self.pageSize : candidates.count)
        let next = page.count < candidates.count ? page.first?.offset : nil
        return StoreSnapshot(
            jobs: page.map { view($0.element) },
            cursor: now,
            next: next.map { PageToken(rawValue: Int64($0)) }
        )
    }

    private func view(_ job: JobID) -> Job {
        let state = standing[job] ?? Standing()
        return Job(
            id: job,
            messageID: MessageID(rawValue: 1),
            conversation: .none,
            owner: .nobody,
            state: state.isEnded ? .complete : state.percent == nil ? .queued : .processing,
            priority: .normal,
            request: .textToImage(TextToImageRequest(prompt: "x")),
            attempt: state.attempt,
            // With whatever is logged the queue moves.
            position: 1 + events.count % 7,
            progress: state.percent.map { JobProgress(fraction: (Double($0) + 0.5) / 100, picturesDone: 0) },
            createdAt: .distantPast
        )
    }

    private mutating func take(_ snapshot: StoreSnapshot, of page: Page) {
        expectedStanding = snapshot.jobs.filter { named == nil || !$0.state.isFinal || !ended.contains($0.id) }.map(
            \.id
        )
        guard page.after == nil else {
            buffer.presentMore(snapshot)
            return
        }
        expectsReset = page.isTelling
        let reset = JobEvent(kind: .reset, isFinal: false, cursor: snapshot.cursor, at: .distantPast, jobID: nil)
        buffer.present(snapshot, telling: page.isTelling ? reset : nil)
        delivered = snapshot.cursor.sequence
    }

    /// Does what the buffer says.
    ///
    /// - Returns: whether it has nothing more to say.
    private mutating func step(mayLook: Bool) throws -> Bool {
        switch buffer.next(mayLook: mayLook) {
        case .deliver(let event): try check(event)
        case .replay(let cursor):
            replays += 1
            buffer.beginReplay()
            reading = .replay(cursor)
        case .readOn(let token):
            reading = .page(Page(after: Int(token.rawValue)))
        case .startOver: beginPage()
        case .finish:
            isFinished = true
            return true
        case .lookAtPositions(let jobs): reading = .places(jobs)
        case .wait, .waitToLook:
            try checkPlace(buffer.cursor)
            return true
        }
        return false
    }

    /// Who goes on after it misses nothing.
    private func checkPlace(_ place: EventCursor) throws {
        let next = nextLogged?.cursor.sequence ?? .max
        try expect(
            (delivered..<next).contains(place.sequence),
            "the place \(place): \(delivered) was delivered, and \(next) is next"
        )
    }

    private var nextLogged: JobEvent? { events[Int(delivered)...].first { isWatched($0) && mayFollow($0) } }

    private mutating func check(_ event: JobEvent) throws {
        if event.kind == .reset {
            try expect(expectsReset, "a RESET without need")
            expectsReset = false
            resets += 1
            told.removeAll()
            return
        }
        try expect(!expectsReset, "\(event.kind) before the RESET that is due")
        guard let job = event.jobID else { throw Violation(description: "an event about no job") }
        try expect(!ended.contains(job), "\(event.kind) about a job that has ended")
        if let expected = expectedStanding.first {
            try expect(job == expected, "a snapshot's jobs in their order")
            expectedStanding.removeFirst()
        } else if event.kind == .progress {
            progressDeliveries += 1
            if event.status == "queued" { placeDeliveries += 1 }
            try checkPlace(event.cursor)
        } else {
            loggedDeliveries += 1
            let next = nextLogged
            try expect(event == next, "logged event \(event.cursor), not \(next?.cursor.description ?? "none")")
            delivered = event.cursor.sequence
        }
        try checkProgress(event, of: job)
        if event.isFinal { ended.insert(job) }
    }

    /// A named job's events end with its final one.
    private func mayFollow(_ event: JobEvent) -> Bool { event.jobID.map { !ended.contains($0) } ?? true }

    private mutating func checkProgress(_ event: JobEvent, of job: JobID) throws {
        guard let percent = event.progress, event.status == "processing" else { return }
        if let last = told[job] {
            try expect(
                (event.attempt, percent) >= (last.attempt, last.percent),
                "progress \(percent) of attempt \(event.attempt) after \(last)"
            )
        }
        told[job] = (event.attempt, percent)
    }

    private func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        guard holds else { throw Violation(description: what()) }
    }

    /// Everything is observed, delivered and read: nothing may be missing.
    private mutating func settle() throws {
        while observe() {}
        while !deltas.isEmpty { deliverDelta() }
        for _ in 0..<100_000 {
            if reading != nil {
                try turnReader()
            } else if try step(mayLook: false) {
                try checkNothingIsMissing()
                return
            }
        }
        throw Violation(description: "the reader never comes to rest")
    }

    private func checkNothingIsMissing() throws {
        let missing = nextLogged
        try expect(missing == nil, "\(missing?.cursor.description ?? "") was never delivered")
        if let named { try expect(isFinished == false || named.isSubset(of: ended), "ended too early") }
        for (job, state) in standing where isWatched(progressProbe(job)) {
            guard let percent = state.percent else { continue }
            try expect(
                told[job].map { $0 == (state.attempt, percent) } ?? false,
                "told \(told[job].map { "\($0)" } ?? "nothing") of a job at \(percent) of attempt \(state.attempt)"
            )
        }
    }

    private func progressProbe(_ job: JobID) -> JobEvent {
        JobEvent(kind: .progress, isFinal: false, cursor: now, at: .distantPast, jobID: job)
    }
}
