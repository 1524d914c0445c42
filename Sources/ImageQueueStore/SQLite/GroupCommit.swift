/// Commits the writes of many callers in one transaction, and gives each caller its own outcome.
///
/// Optimistic: the bodies run one after another without savepoints. If one fails after it has changed something, or one's
/// part does (see ``Connection/part(_:)``), all is rolled back and run again with a savepoint each, so that only the failed
/// one is undone. Bodies are therefore run up to three times; what they do besides SQL on the connection must bear that.
///
/// A savepoint isolates the errors of *statements*. SQLITE_FULL, IOERR, NOMEM and INTERRUPT can end the whole transaction
/// (<https://www.sqlite.org/lang_transaction.html>, "Response To Errors Within A Transaction"), released savepoints
/// included. Then, and when COMMIT fails, nothing of the group stands: each member is run again, once, in a transaction of
/// its own. Nobody is answered before the COMMIT of his own work has returned.
struct GroupCommit {
    typealias Request = any ThreadRequest<Connection>

    /// "At most 256 callers or 4 ms": what bounds the wait of the first one.
    static let memberLimit = 256
    static let timeLimit = Duration.milliseconds(4)

    let connection: Connection
    let observer: CommitObserver
    private let gatherer = CommitGatherer()

    /// Runs one group.
    ///
    /// - Parameter next: the next caller in line, or nil when nobody else should join.
    func run(next: () -> Request?) {
        connection.requiresTransaction = true
        defer { connection.requiresTransaction = false }
        let mark = connection.changeMark
        var members: [Request] = []
        do {
            try connection.begin()
        } catch {
            // Nothing was run. To try each alone would be to wait for the same lock 256 times.
            while members.count < Self.memberLimit, let member = next() { members.append(member) }
            return answer(members, error)
        }
        var outcomes: [(any Error)?] = []
        let began = MonotonicTime.now
        while members.count < Self.memberLimit, members.isEmpty || began.elapsed < Self.timeLimit, let member = next() {
            members.append(member)
            let before = connection.changeMark
            do {
                try runOptimistically(member)
                outcomes.append(nil)
            } catch is PartFailed {
                connection.rollback()
                return runIsolated(members)
            } catch  where endsTransaction(error) {
                connection.rollback()
                return members.count == 1 ? answer(members, error) : runAlone(members)
            } catch  where connection.changeMark == before {
                // A refusal that wrote nothing leaves nothing to undo.
                outcomes.append(error)
            } catch {
                connection.rollback()
                return members.count == 1 ? answer(members, error) : runIsolated(members)
            }
        }
        finish(members, outcomes, since: mark)
    }

    /// Second way: a savepoint each.
    private func runIsolated(_ members: [Request]) {
        let mark = connection.changeMark
        do {
            try connection.begin()
        } catch {
            return answer(members, error)
        }
        var outcomes: [(any Error)?] = []
        for member in members {
            do {
                try connection.savepoint { try run(member) }
                outcomes.append(nil)
            } catch  where endsTransaction(error) {
                connection.rollback()
                return runAlone(members)
            } catch {
                outcomes.append(error)
            }
        }
        finish(members, outcomes, since: mark)
    }

    /// Last way: a transaction each.
    private func runAlone(_ members: [Request]) {
        for (index, member) in members.enumerated() {
            let mark = connection.changeMark
            do {
                try connection.begin()
            } catch {
                return answer(Array(members[index...]), error)
            }
            let hasChanged: Bool
            do {
                try run(member)
                hasChanged = try commit(since: mark)
            } catch {
                connection.rollback()
                answer([member], error)
                continue
            }
            member.answer(nil)
            if hasChanged { observer.onAnswered(connection) }
        }
    }

    private func runOptimistically(_ member: Request) throws {
        connection.isOptimistic = true
        defer { connection.isOptimistic = false }
        try run(member)
    }

    private func run(_ member: Request) throws {
        try member.run(on: connection)
        // A body may have swallowed the error that ended the transaction.
        guard connection.isInTransaction else {
            throw DatabaseError(.abort, "an error inside the write has ended its transaction")
        }
    }

    private func finish(_ members: [Request], _ outcomes: [(any Error)?], since mark: Connection.ChangeMark) {
        let hasChanged: Bool
        do {
            hasChanged = try commit(since: mark)
        } catch {
            connection.rollback()
            return members.count == 1 ? answer(members, error) : runAlone(members)
        }
        for (member, outcome) in zip(members, outcomes) {
            member.answer(outcome.map { StoreError.wrapping($0, path: connection.path) })
        }
        if hasChanged { observer.onAnswered(connection) }
    }

    /// - Returns: whether it changed something.
    private func commit(since mark: Connection.ChangeMark) throws -> Bool {
        let hasChanged = connection.changeMark != mark
        if hasChanged { observer.beforeCommit(connection) }
        try gatherer.commit(connection)
        if hasChanged { observer.onCommit(connection) }
        return hasChanged
    }

    private func answer(_ members: [Request], _ error: any Error) {
        let error = StoreError.wrapping(error, path: connection.path)
        for member in members { member.answer(error) }
    }

    /// Whether the transaction is gone, or should be: for these codes the manual asks for an explicit ROLLBACK.
    private func endsTransaction(_ error: any Error) -> Bool {
        guard connection.isInTransaction else { return true }
        switch error {
        case ResultCode.full, ResultCode.ioError, ResultCode.noMemory, ResultCode.interrupt, ResultCode.corrupt:
            return true
        default:
            return false
        }
    }
}
