internal import ImageQueueConcurrency
internal import Logging

/// Has the queue swept by a process that only looks on: perhaps nobody else is there to, or all are busy.
final class Sweeper: Sendable {
    private weak let database: Database?
    private let rules: StoreRules
    private let logger: Logger
    private let state = Lock(State())

    private struct State {
        /// A sweep is under way: another one would find nothing left to do.
        var isSweeping = false
        /// The last one failed, which was logged.
        var isFailing = false

        mutating func start() -> Bool {
            defer { isSweeping = true }
            return !isSweeping
        }

        /// - Returns: whether it fails, or works again, since just now.
        mutating func end(failed: Bool) -> Bool {
            defer { isFailing = failed }
            isSweeping = false
            return failed != isFailing
        }
    }

    init(database: Database, rules: StoreRules, logger: Logger) {
        self.database = database
        self.rules = rules
        self.logger = logger
    }

    /// Looks whether there is something to do and, if so, has it done soon, on the writer's thread. It writes nothing
    /// where there is not.
    func look(_ reader: Connection) throws {
        guard try reader.needsSweep(rules: rules), let database, state.withLock({ $0.start() }) else { return }
        database.post(durability: .full) { [rules] connection in
            try connection.sweep(rules: rules, except: nil, at: rules.time.wall())
        } then: { [self] error in
            let isNew = state.withLock { $0.end(failed: error != nil) }
            guard isNew, (error as? StoreError)?.code != .closed else { return }
            guard let error else { return logger.info("what is overdue is settled again") }
            logger.warning("what is overdue can't be settled; trying again", metadata: ["error.message": "\(error)"])
        }
    }
}
