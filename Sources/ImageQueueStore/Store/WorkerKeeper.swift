import ImageQueueCore
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Holds the locks of this process's workers and renews their leases, on a thread of its own: a host that blocks Swift's
/// cooperative threads loses no lease.
final class WorkerKeeper: Sendable {
    private let database: Database
    private let rules: StoreRules
    private let logger: Logger
    private let state = Monitor(State())

    private struct State: Sendable {
        var locks: [WorkerID: WorkerLock] = [:]
        var renewals: [WorkerID: Renewal] = [:]
        var isServed = false
    }

    private struct Renewal: Sendable {
        let interval: Duration
        var last: MonotonicTime
    }

    /// How exactly an interval is kept.
    private static let tick: UInt32 = 100_000

    init(database: Database, rules: StoreRules, logger: Logger) {
        self.database = database
        self.rules = rules
        self.logger = logger
    }

    /// Takes the lock that proves the worker's life; one that this process holds for it already stays.
    func prove(_ worker: WorkerID) async throws {
        guard state.withLock({ $0.locks[worker] == nil }) else { return }
        let path = database.path
        let lock: WorkerLock
        do {
            lock = try await database.read { _ in
                try WorkerLock.removeDead(database: path)
                return try WorkerLock(workerID: worker.rawValue, database: path)
            }
        } catch let error as StoreError {
            throw QueueError(code: .storeUnavailable, message: error.message, cause: error)
        }
        state.withLock { $0.locks[worker] = lock }
    }

    /// Renews from now on, until the worker is let go.
    func startRenewing(_ worker: WorkerID, every interval: Duration) throws {
        let starts = state.withLock { state in
            state.renewals[worker] = Renewal(interval: interval, last: .now)
            defer { state.isServed = true }
            return !state.isServed
        }
        guard starts else { return }
        try LibraryThread.start(named: "imagequeue-lease") { [weak self] in
            // Not owned by the thread: a store that is dropped ends it.
            while self?.renewWhatIsDue() ?? false { usleep(Self.tick) }
        }
    }

    /// Frees the worker's lock.
    func letGo(_ worker: WorkerID) async {
        let lock = state.withLock { state in
            state.renewals[worker] = nil
            return state.locks.removeValue(forKey: worker)
        }
        guard let lock else { return }
        // Freed by its end in any case; on a thread of the library its file goes too.
        try? await database.read { _ in lock.release() }
    }

    /// Frees all.
    func close() {
        state.withLock { state in
            state.renewals = [:]
            state.locks = [:]
        }
    }

    /// - Returns: false when there is nobody to renew.
    private func renewWhatIsDue() -> Bool {
        let due: [WorkerID]? = state.withLock { state in
            guard !state.renewals.isEmpty else {
                state.isServed = false
                return nil
            }
            var due: [WorkerID] = []
            for (worker, renewal) in state.renewals where renewal.last.elapsed >= renewal.interval {
                state.renewals[worker]?.last = .now
                due.append(worker)
            }
            return due
        }
        guard let due else { return false }
        for worker in due {
            database.post(durability: .normal) { [rules] connection in
                _ = try connection.renew(worker, rules: rules)
            } then: { [logger] error in
                guard let error else { return }
                logger.error(
                    "a lease could not be renewed",
                    metadata: ["imagequeue.worker.id": "\(worker)", "error.message": "\(error)"]
                )
            }
        }
        return true
    }
}
