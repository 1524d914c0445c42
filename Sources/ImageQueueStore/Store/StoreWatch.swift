internal import ImageQueueCore
internal import Logging

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Tells observers what is new in the log and in the progress rows, after each ring of the doorbell.
///
/// Its thread reads once for all of them, closes its transaction, and only then delivers. It lives while somebody
/// observes. It also sees to what is overdue. A look that no ring has asked for tells nobody unless something was
/// committed: an idle worker is left asleep. Who only wants to know that something was is told on the bell's own
/// thread.
final class StoreWatch: Sendable {
    enum Handler: Sendable {
        case news(@Sendable (StoreDelta) -> Void)
        /// Without what has changed.
        case changes(@Sendable () -> Void)
    }

    private let anchor: Anchor
    private let template: ImageURLTemplate
    private let logger: Logger
    private let doorbell: Doorbell
    private let sweeper: Sweeper
    private let state = Monitor(State())

    private struct State: Sendable {
        var handlers: [Int: Handler] = [:]
        var joining: [Newcomer] = []
        var lastKey = 0
        var isRung = false
        /// Nothing was heard for a while.
        var isLookDue = false
        var isServed = false
        var isClosed = false
        var listener: Doorbell.Listener?
        /// Threads that have not let go of their connection yet: one, or two while one follows the other.
        var threads = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private struct Newcomer: Sendable {
        let key: Int
        let handler: Handler
        let continuation: CheckedContinuation<EventCursor, any Error>
    }

    private enum Work {
        case look([Newcomer], isRung: Bool)
        /// With the listener that is to be stopped.
        case end(Doorbell.Listener?)
    }

    init(
        anchor: Anchor,
        template: ImageURLTemplate,
        doorbell: Doorbell,
        logger: Logger,
        sweeper: Sweeper
    ) {
        self.sweeper = sweeper
        self.anchor = anchor
        self.template = template
        self.doorbell = doorbell
        self.logger = logger
    }

    /// Begins to deliver: from where the log stands when this returns.
    func observe(_ handler: Handler) async throws -> Observation {
        let key = state.withLock { state in
            state.lastKey += 1
            return state.lastKey
        }
        let start = try await withCheckedThrowingContinuation { continuation in
            let newcomer = Newcomer(key: key, handler: handler, continuation: continuation)
            let (isOpen, starts) = state.withLock { state in
                guard !state.isClosed else { return (false, false) }
                state.joining.append(newcomer)
                let starts = !state.isServed
                state.isServed = true
                if starts { state.threads += 1 }
                return (true, starts)
            }
            guard isOpen else {
                continuation.resume(throwing: QueueError(code: .closed, message: "The store has been closed."))
                return
            }
            if starts { startThread() } else { state.wakeAll() }
        }
        return Observation(start: start) { [weak self] in self?.remove(key) }
    }

    /// Ends all observations, and returns once the file is let go of: a connection that only reads, and closes after
    /// the one that writes, leaves the WAL behind. Idempotent.
    ///
    /// - Returns: who waited for news, to be told once the store is closed (``tellEnd(_:)``).
    func close() async -> [Handler] {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                state.isClosed = true
                if state.threads > 0 { state.closers.append(continuation) }
                return state.threads == 0
            }
            state.wakeAll()
            if hasEnded { continuation.resume() }
        }
        // Now, for the thread has yet admitted whoever came before.
        return state.withLock { state in
            defer { state.handlers = [:] }
            return Array(state.handlers.values)
        }
    }

    /// Tells that the log is gone: who looks for it anew, as after a change of logs, is told that the store is closed.
    func tellEnd(_ handlers: [Handler]) {
        for handler in handlers {
            switch handler {
            case .news(let deliver): deliver(StoreDelta(cursor: EventCursor(log: "", sequence: 0)))
            case .changes(let body): body()
            }
        }
    }

    private func remove(_ key: Int) {
        state.withLock { $0.handlers[key] = nil }
        state.wakeAll()
    }

    // MARK: - The thread

    private func startThread() {
        do {
            let listener = try doorbell.listen { [weak self] wake in
                if wake == .ring { self?.tellChange() }
                self?.state.withLock { state in
                    switch wake {
                    case .ring: state.isRung = true
                    case .look: state.isLookDue = true
                    }
                }
                self?.state.wakeAll()
            }
            state.withLock { $0.listener = listener }
            try StoreThread.start(named: "imagequeue-watch") {
                self.serve()
                self.hasLetGo()
            }
        } catch {
            let joining = stopServing()
            hasLetGo()
            for newcomer in joining { newcomer.continuation.resume(throwing: Self.queueError(error, anchor.path)) }
        }
    }

    private func hasLetGo() {
        let closers = state.withLock { state in
            state.threads -= 1
            guard state.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func stopServing() -> [Newcomer] {
        let (listener, joining) = state.withLock { state in
            state.isServed = false
            defer {
                state.listener = nil
                state.joining = []
            }
            return (state.listener, state.joining)
        }
        if let listener { doorbell.stopListening(listener) }
        return joining
    }

    private func serve() {
        var connection: Connection?
        var position: DeltaPosition?
        /// Nil as long as what was committed has not been told.
        var version: Int64?
        /// The same for who asks for no news. A ring tells them before this is read, so only a look moves it on: else
        /// what was committed in between, and not rung for, would count as told.
        var looked: Int64?
        var isFailing = false
        while case .look(let newcomers, let isRung) = nextWork() {
            do {
                let reader = try connection ?? anchor.open(ConnectionConfiguration(access: .readOnly))
                connection = reader
                // Asked before the log is read: what is committed meanwhile is read once more.
                let now = try reader.commitVersion()
                if !isRung, now != looked {
                    looked = now
                    tellChange()
                }
                if isRung || now != version || !newcomers.isEmpty {
                    version = nil
                    if newcomers.isEmpty, !isNewsWanted {
                        position = nil
                    } else {
                        repeat {
                            let (delta, next) = try reader.delta(after: position, template: template)
                            let isWhole = delta.events.count < DeltaPosition.pageSize
                            position = next
                            deliver(delta)
                            if isWhole { break }
                        } while true
                    }
                    version = now
                }
                admit(newcomers, at: position)
                if isFailing { logger.info("the log can be read again") }
                isFailing = false
            } catch {
                connection = nil
                version = nil
                // Numbers of two connections can't be compared.
                looked = nil
                for newcomer in newcomers {
                    newcomer.continuation.resume(throwing: Self.queueError(error, anchor.path))
                }
                let damage = Self.damage(error, anchor.path)
                if !isFailing {
                    let outlook = damage == nil ? "trying again" : "its watchers are told"
                    logger.warning("the log can't be read; \(outlook)", metadata: ["error.message": "\(error)"])
                }
                isFailing = true
                if let damage { endNews(damage) }
            }
            // What can't be looked at now is looked at after the next ring.
            if let connection { try? sweeper.look(connection) }
        }
    }

    private func nextWork() -> Work {
        let work: Work = state.wait { state in
            if state.joining.isEmpty, state.handlers.isEmpty || state.isClosed {
                // Taken out here: from now on a newcomer may start the next thread, with a listener of its own.
                defer { state.listener = nil }
                state.isServed = false
                return .end(state.listener)
            }
            guard state.isRung || state.isLookDue || !state.joining.isEmpty else { return nil }
            defer {
                state.isRung = false
                state.isLookDue = false
                state.joining = []
            }
            return .look(state.joining, isRung: state.isRung)
        }
        if case .end(let listener?) = work { doorbell.stopListening(listener) }
        return work
    }

    private func admit(_ newcomers: [Newcomer], at position: DeltaPosition?) {
        for newcomer in newcomers {
            guard let position else { continue }
            state.withLock { $0.handlers[newcomer.key] = newcomer.handler }
            newcomer.continuation.resume(returning: position.cursor)
        }
    }

    private func deliver(_ delta: StoreDelta) {
        let handlers = state.withLock { Array($0.handlers.values) }
        for case .news(let handler) in handlers { handler(delta) }
    }

    private func tellChange() {
        let handlers = state.withLock { Array($0.handlers.values) }
        for case .changes(let handler) in handlers { handler() }
    }

    /// Tells all who want news that there will be none. Who only wants to know of changes is still told of them.
    private func endNews(_ damage: String) {
        let ended = state.withLock { state in
            let ended = state.handlers.filter { if case .news = $0.value { true } else { false } }
            for key in ended.keys { state.handlers[key] = nil }
            return Array(ended.values)
        }
        let last = StoreDelta(cursor: EventCursor(log: "", sequence: 0), damage: damage)
        for case .news(let deliver) in ended { deliver(last) }
    }

    private var isNewsWanted: Bool {
        state.withLock { $0.handlers.values.contains { if case .news = $0 { true } else { false } } }
    }

    private static func queueError(_ error: any Error, _ path: String) -> any Error {
        SQLiteJobStore.queueError(StoreError.wrapping(error, path: path))
    }

    /// What is said of an error that no second try helps with.
    private static func damage(_ error: any Error, _ path: String) -> String? {
        guard let error = queueError(error, path) as? QueueError, error.code == .storeDamaged else { return nil }
        return error.message
    }

    /// One observer's place.
    final class Observation: StoreObservation {
        let start: EventCursor
        private let onCancel: @Sendable () -> Void

        init(start: EventCursor, onCancel: @escaping @Sendable () -> Void) {
            self.start = start
            self.onCancel = onCancel
        }

        func cancel() { onCancel() }
    }
}

/// How far the log and the progress rows have been read.
struct DeltaPosition: Sendable {
    var cursor: EventCursor
    var revision: Int64

    static let pageSize = 1000
}

extension Connection {
    /// A number that is another one after a commit of any other connection: it costs a look into shared memory.
    ///
    /// "The PRAGMA data_version command provides an indication that the database file has been modified" (SQLite).
    fileprivate func commitVersion() throws -> Int64 {
        try first("PRAGMA data_version") { try $0.integer(0) } ?? 0
    }

    private static let newEvents = SQL(
        "SELECT \(eventColumns) FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
    )
    private static let newProgress = SQL(
        """
        SELECT \(JobRow.columns.split(separator: ", ").map { "jobs." + $0 }.joined(separator: ", "))
        FROM progress INDEXED BY progress_by_revision CROSS JOIN jobs ON jobs.seq = progress.job_seq
        WHERE progress.revision > ? AND jobs.state = 2 ORDER BY progress.revision
        """
    )

    /// What is new since a position, read at one moment. Without a position only where things stand.
    func delta(
        after position: DeltaPosition?,
        template: ImageURLTemplate
    ) throws -> (delta: StoreDelta, next: DeltaPosition) {
        try snapshot {
            var next = DeltaPosition(cursor: try logCursor(), revision: try setting("revision"))
            guard let position, position.cursor.log == next.cursor.log else {
                return (StoreDelta(cursor: next.cursor), next)
            }
            guard position.cursor != next.cursor || position.revision != next.revision else {
                return (StoreDelta(cursor: next.cursor), next)
            }
            let hasGap = try position.cursor.sequence < setting("pruned_through")
            let events = try query(
                Self.newEvents,
                .integer(position.cursor.sequence),
                .int(DeltaPosition.pageSize)
            ) { try event($0, log: next.cursor.log) }
            if events.count == DeltaPosition.pageSize, let last = events.last { next.cursor = last.cursor }
            let rows = try query(Self.newProgress, .integer(position.revision)) { try JobRow($0) }
            let progress = try rows.map { row in
                var event = JobEvent(snapshotOf: try job(row, template: template), cursor: next.cursor)
                event.at = .now
                return event
            }
            return (StoreDelta(events: events, progress: progress, cursor: next.cursor, hasGap: hasGap), next)
        }
    }
}
