internal import DequeModule
internal import ImageQueueConcurrency

/// The one writing connection of this process, on a thread of its own.
///
/// What piles up while a commit runs is the next group: callers share its COMMIT, and a lone caller never waits for
/// company. A caller's cancellation doesn't reach it: a write that was asked for is carried out and answered.
///
/// It is an executor as well: tasks that prefer it run on its thread, between groups, and change threads neither to write
/// nor to go on.
final class Writer: TaskExecutor {
    private let line: Monitor<Line>

    private init(line: Monitor<Line>) {
        self.line = line
    }

    deinit {
        line.withLock { line in
            line.isClosing = true
            line.isReleased = true
        }
        line.wakeAll()
    }

    /// Starts the thread and opens the connection there.
    ///
    /// - Parameters:
    ///   - checkpointer: keeps the WAL short together with the writer.
    ///   - observer: told of commits, on the writer's thread.
    ///   - open: opens the connection.
    static func start(
        checkpointer: Checkpointer,
        observer: CommitObserver,
        open: @escaping @Sendable () throws -> Connection
    ) async throws -> Writer {
        let line = Monitor(Line())
        try await withCheckedThrowingContinuation { (opened: CheckedContinuation<Void, any Error>) in
            do {
                try StoreThread.start(named: "imagequeue-write") {
                    var connection: Connection?
                    do {
                        connection = try open()
                    } catch {
                        return opened.resume(throwing: error)
                    }
                    opened.resume()
                    if let connection {
                        let group = GroupCommit(connection: connection, observer: observer)
                        serve(line, group, WALBound(checkpointer))
                    }
                    connection = nil
                    let closers = line.withLock { line in
                        line.hasEnded = true
                        defer { line.closers = [] }
                        return line.closers
                    }
                    for closer in closers { closer.resume() }
                    // Tasks that prefer this thread may outlast the file.
                    while let turn = nextTurn(line) { turn.runTasks() }
                }
            } catch {
                opened.resume(throwing: error)
            }
        }
        return Writer(line: line)
    }

    /// Runs `body` in a transaction, shared with other callers, and returns once it is committed.
    ///
    /// - Parameters:
    ///   - durability: what its caller is promised; it may get more.
    ///   - body: SQL on the connection. It may be run up to three times (see ``GroupCommit``), so it must not change
    ///     anything else, and it can't begin or end transactions; ``Connection/savepoint(_:)`` it can. What it throws
    ///     undoes what it did, and reaches the caller.
    /// - Throws: what `body` throws; ``StoreError`` for what SQLite refuses, and `closed`.
    @discardableResult
    func write<Value: Sendable>(
        durability: Durability = .full,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Pending(request: TypedThreadRequest(body, answering: continuation), durability: durability))
        }
    }

    /// ``write(durability:_:)`` for a caller that has no task: `then` is told of the end, on the writer's thread.
    func post(
        durability: Durability,
        _ body: @escaping @Sendable (Connection) throws -> Void,
        then: @escaping @Sendable ((any Error)?) -> Void
    ) {
        enqueue(Pending(request: PostedThreadRequest(body, then: then), durability: durability))
    }

    /// `TaskExecutor`'s: a task is to go on here.
    func enqueue(_ job: consuming ExecutorJob) {
        let step = TaskStep(job: UnownedJob(job), executor: asUnownedTaskExecutor())
        let wakes = line.withLock { line in
            line.steps.append(step)
            return line.isAsleep
        }
        if wakes { line.wakeOne() }
    }

    private func enqueue(_ write: Pending) {
        let (isOpen, wakes) = line.withLock { line in
            guard !line.isClosing else { return (false, false) }
            line.waiting.append(write)
            return (true, line.isAsleep)
        }
        if wakes { line.wakeOne() }
        if !isOpen { write.request.answer(StoreError(.closed, "The store has been closed.")) }
    }

    /// Carries out what was asked for before, then ends the thread and closes the connection. Idempotent.
    func close() async {
        await withCheckedContinuation { continuation in
            let hasEnded = line.withLock { line in
                line.isClosing = true
                if !line.hasEnded { line.closers.append(continuation) }
                return line.hasEnded
            }
            line.wakeAll()
            if hasEnded { continuation.resume() }
        }
    }

    /// How many wait for the next group.
    var waitingCount: Int { line.withLock { $0.waiting.count } }

    // MARK: - The thread

    private struct Pending: Sendable {
        let request: any ThreadRequest<Connection>
        let durability: Durability
    }

    /// A task's way from one suspension to the next.
    private struct TaskStep: Sendable {
        let job: UnownedJob
        let executor: UnownedTaskExecutor
    }

    private struct Line: Sendable {
        var waiting: Deque<Pending> = []
        var steps: [TaskStep] = []
        var isAsleep = false
        var isClosing = false
        var hasEnded = false
        var isReleased = false
        var closers: [CheckedContinuation<Void, Never>] = []

        /// Of the next group, if there is one. It is as durable as its most demanding member: the others ride along, one
        /// commit for all.
        var nextDurability: Durability? { waiting.prefix(GroupCommit.memberLimit).lazy.map(\.durability).max() }

        mutating func takeTurn() -> Turn? {
            defer { steps = [] }
            return waiting.isEmpty && steps.isEmpty ? nil : Turn(steps: steps)
        }
    }

    /// What the thread does before it looks again: these, and then one group. Tasks that are under way don't keep writes
    /// waiting for long, nor writes tasks.
    private struct Turn {
        let steps: [TaskStep]

        func runTasks() {
            for step in steps { LibraryThread.lend { step.job.runSynchronously(on: step.executor) } }
        }
    }

    private static func serve(
        _ line: Monitor<Line>,
        _ group: GroupCommit,
        _ bound: WALBound
    ) {
        var bound = bound
        let connection = group.connection
        var lastEnd: MonotonicTime?
        var isInStreak = false
        while let turn = nextTurn(line, looking: isInStreak ? streakGap : .zero) {
            isInStreak = lastEnd.map { $0.elapsed < streakGap } ?? false
            turn.runTasks()
            guard let durability = line.withLock({ $0.nextDurability }) else { continue }
            do {
                try connection.setDurability(durability)
            } catch {
                let failed = line.withLock { $0.waiting.popFirst() }
                failed?.request.answer(StoreError(error, path: connection.path))
                continue
            }
            group.run {
                line.withLock { line in
                    // Who needs more than this transaction gives waits for the next one.
                    guard let first = line.waiting.first, first.durability <= durability else { return nil }
                    return line.waiting.popFirst()?.request
                }
            }
            bound.keep(connection)
            lastEnd = .now
        }
    }

    /// Whoever writes one thing after another is back within this time, and finds the thread awake. Others' cores are left to
    /// them.
    private static let streakGap = Duration.microseconds(300)

    /// Waits for something to do; `nil` at the end: of the connection first, then of the thread.
    private static func nextTurn(_ line: Monitor<Line>, looking: Duration = .zero) -> Turn? {
        let next: Turn?? = line.wait(looking: looking) { line in
            let turn = line.takeTurn()
            let isOver = line.hasEnded ? line.isReleased : line.isClosing
            line.isAsleep = turn == nil && !isOver
            return line.isAsleep ? nil : .some(turn)
        }
        return next ?? nil
    }
}
