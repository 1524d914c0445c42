internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Holds the locks of this process's workers and renews their leases, on a thread of its own: a host that blocks
/// Swift's cooperative threads loses no lease. Knows how long each lease lasts,
/// so that a worker which can't renew stops in time.
final class WorkerKeeper: Sendable {
    private let database: Database
    private let rules: StoreRules
    private let logger: Logger
    private let state = Monitor(State())

    private struct State: Sendable {
        var workers: [WorkerID: Held] = [:]
        /// All that this process has had.
        var known: Set<WorkerID> = []
        /// Those that were let go while the list still named them.
        var leavers: Set<WorkerID> = []
        var isServed = false
        /// The store closes: no worker may go on, whatever it holds.
        var isStopped = false
        /// The thread has to look anew at what is due when.
        var isChanged = false
    }

    /// What this process knows of a worker of its own.
    private struct Held: Sendable {
        let lock: WorkerLock
        /// Once it has registered.
        var term: LeaseTerm?
        var renewal: Renewal?
    }

    private struct Renewal: Sendable {
        let interval: Duration
        var last: MonotonicTime
        /// The last one failed, which was logged.
        var isFailing = false
    }

    init(database: Database, rules: StoreRules, logger: Logger) {
        self.database = database
        self.rules = rules
        self.logger = logger
    }

    deinit { wake() }

    /// Has the thread look anew at what is due when.
    private func wake() {
        state.withLock { $0.isChanged = true }
        state.wakeAll()
    }

    /// How a worker's life came to be proved.
    enum Proof: Sendable {
        /// This process held the lock already.
        case held
        /// It was taken. A former life of this name was another process's, and that one is gone.
        case taken
        /// It was taken again, after this process had let it go.
        case takenAgain
    }

    /// Takes the lock that proves the worker's life; one that this process holds for it already stays.
    func prove(_ worker: WorkerID) async throws -> Proof {
        guard state.withLock({ $0.workers[worker] == nil }) else { return .held }
        let path = database.path
        let lock: WorkerLock
        do {
            lock = try await database.read { _ in
                try WorkerLock.removeDead(database: path)
                return try WorkerLock(workerID: worker.rawValue, database: path)
            }
        } catch {
            throw SQLiteJobStore.queueError(error)
        }
        return state.withLock { state in
            state.workers[worker] = Held(lock: lock)
            return state.known.insert(worker).inserted ? .taken : .takenAgain
        }
    }

    /// Keeps the lease that the worker's registration was stored with, and renews it from now on, until the worker is
    /// let go or loses it.
    func keep(_ term: LeaseTerm, of worker: WorkerID, renewingEvery interval: Duration?) throws {
        let starts = state.withLock { state in
            state.leavers.remove(worker)
            state.workers[worker]?.term = term
            state.workers[worker]?.renewal = interval.map { Renewal(interval: $0, last: .now) }
            guard interval != nil else { return false }
            defer { state.isServed = true }
            return !state.isServed
        }
        guard starts else { return wake() }
        do {
            try StoreThread.start(named: "imagequeue-lease") { [weak self, state] in
                // Not owned by the thread: a store that is dropped ends it.
                while let rest = self?.renewWhatIsDue() {
                    _ = state.wait(upTo: rest) { $0.isChanged ? () : nil }
                }
            }
        } catch {
            // The next one that registers tries again.
            state.withLock { $0.isServed = false }
            throw error
        }
    }

    /// Whether a worker may believe in its lease. It is asked without the database, and a no is for good, until the
    /// worker registers anew. A worker that isn't of this process, or has not registered, is nothing to it.
    func mayGoOn(_ worker: WorkerID) -> Bool {
        let now = rules.time.boot().sinceBoot
        return state.withLock { state in
            guard !state.isStopped, !state.leavers.contains(worker) else { return false }
            guard var term = state.workers[worker]?.term else { return true }
            let mayGoOn = term.mayGoOn(at: now)
            state.workers[worker]?.term = term
            // So that others get what it holds at the lease's end.
            if !mayGoOn { state.workers[worker]?.renewal = nil }
            return mayGoOn
        }
    }

    /// Takes in how a renewal came out.
    ///
    /// - Parameter start: what the stored lease is counted from; `nil` if the worker was no longer on the list.
    func note(renewalOf worker: WorkerID, from start: BootInstant?) {
        let isNew = state.withLock { state in
            defer { state.workers[worker]?.renewal?.isFailing = false }
            if let start {
                state.workers[worker]?.term?.renew(from: start.sinceBoot)
                return state.workers[worker]?.renewal?.isFailing ?? false
            } else {
                state.workers[worker]?.term?.lose()
                state.workers[worker]?.renewal = nil
                return false
            }
        }
        if isNew { logger.info("a lease is renewed again", metadata: ["imagequeue.worker.id": "\(worker)"]) }
    }

    /// - Returns: whether renewing fails since just now. Of a worker that is renewed no more there is nothing to say.
    private func noteFailure(of worker: WorkerID) -> Bool {
        state.withLock { state in
            guard let renewal = state.workers[worker]?.renewal else { return false }
            state.workers[worker]?.renewal?.isFailing = true
            return !renewal.isFailing
        }
    }

    /// Frees the worker's lock.
    ///
    /// - Parameter stillListed: Its row could not be removed, so that until it registers anew it may not go on.
    func letGo(_ worker: WorkerID, stillListed: Bool = false) async {
        let held = state.withLock { state in
            if stillListed { state.leavers.insert(worker) } else { state.leavers.remove(worker) }
            return state.workers.removeValue(forKey: worker)
        }
        guard let lock = held?.lock else { return }
        // With the last one the thread ends.
        wake()
        // Freed by its end in any case; on a thread of the library its file goes too.
        try? await database.read { _ in lock.release() }
    }

    /// From now on nobody may go on.
    ///
    /// - Returns: whose locks this process holds.
    func stop() -> [WorkerID] {
        state.withLock { state in
            state.isStopped = true
            return Array(state.workers.keys)
        }
    }

    /// Frees all.
    func close() {
        state.withLock { $0.workers = [:] }
        wake()
    }

    /// - Returns: for how long nothing more is due; nil when there is nobody to renew.
    private func renewWhatIsDue() -> Duration? {
        let (due, rest) = state.withLock { state -> ([WorkerID], Duration?) in
            state.isChanged = false
            var due: [WorkerID] = []
            var rest: Duration?
            for (worker, held) in state.workers {
                guard let renewal = held.renewal else { continue }
                var left = renewal.interval - renewal.last.elapsed
                if left <= .zero {
                    state.workers[worker]?.renewal?.last = .now
                    due.append(worker)
                    left = renewal.interval
                }
                rest = min(rest ?? left, left)
            }
            state.isServed = rest != nil
            return (due, rest)
        }
        for worker in due { renew(worker) }
        return rest
    }

    private func renew(_ worker: WorkerID) {
        let renewal = StoredRenewal()
        database.post(durability: .normal) { [rules] connection in
            // The last run of this body is the one that was committed.
            renewal.start = try connection.renew(worker, rules: rules)
        } then: { [weak self] error in
            guard let self else { return }
            guard let error else { return note(renewalOf: worker, from: renewal.start) }
            guard noteFailure(of: worker) else { return }
            logger.warning(
                "a lease could not be renewed; trying again",
                metadata: ["imagequeue.worker.id": "\(worker)", "error.message": "\(error)"]
            )
        }
    }

    /// Carries what a renewal's transaction did to who is told of its commit.
    private final class StoredRenewal: Sendable {
        private let state = Lock<BootInstant?>(nil)

        var start: BootInstant? {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }
}
