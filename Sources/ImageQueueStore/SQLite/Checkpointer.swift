internal import CSQLite
internal import ImageQueueConcurrency

/// Moves what the WAL holds into the database file, on connections and a thread of its own, so that no commit pays for it.
///
/// Always PASSIVE, which disturbs nobody. ``WALBound`` asks for it, and holds the write lock meanwhile where writers never
/// rest.
final class Checkpointer: Sendable {
    /// When to do what. Pages are the database's, 4,096 bytes by default.
    struct Limits: Sendable {
        /// Pages in the WAL that ask for a checkpoint. SQLite's own default is 1,000: at that a writer that never rests holds
        /// still for a fifteenth of its time, at 3,000 for a fiftieth.
        var threshold = 3_000
        /// Pages in the WAL beyond which writers wait for readers too.
        var bound = 16_000
        /// How long they wait for those, and for the write lock where the rest is to be copied.
        var stall = Duration.milliseconds(100)
    }

    let limits: Limits
    /// Who checkpoints in this process: "If another thread or process is running a checkpoint", the second is turned away.
    let turn = CheckpointTurn()
    private let desk = Monitor(Desk())

    private struct Desk: Sendable {
        var isWanted = false
        var runs = 0
        var isClosing = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []

        mutating func nextTask() -> Task? {
            if isClosing { return .end }
            defer { isWanted = false }
            return isWanted ? .checkpoint : nil
        }
    }

    private enum Task {
        case checkpoint
        case end
    }

    /// Starts the thread. The connection is opened with the first checkpoint.
    ///
    /// - Parameter anchor: a database in WAL mode.
    init(_ anchor: Anchor, limits: Limits = Limits()) throws(StoreError) {
        self.limits = limits
        try StoreThread.start(named: "imagequeue-ckpt") { [desk, turn] in
            Self.serve(desk, anchor, limits, turn)
            let closers = desk.withLock { desk in
                desk.hasEnded = true
                defer { desk.closers = [] }
                return desk.closers
            }
            for closer in closers { closer.resume() }
        }
    }

    deinit {
        desk.withLock { $0.isClosing = true }
        desk.wakeAll()
    }

    /// Asks for a checkpoint.
    ///
    /// - Returns: how often it had run before.
    func ask() -> Int {
        let runs = desk.withLock { desk in
            desk.isWanted = true
            return desk.runs
        }
        desk.wakeAll()
        return runs
    }

    /// Asks for a checkpoint and waits for its end, on a thread of the library. To be called where none is under way.
    func askAndWait() {
        let runs = ask()
        desk.wait { desk in desk.runs != runs || desk.isClosing ? () : nil }
    }

    /// How often it has run because it was asked to, whatever came of it.
    var runs: Int { desk.withLock { $0.runs } }

    /// Ends the thread. What the WAL holds is left to the last connection of all, which checkpoints as it closes. Idempotent.
    func close() async {
        await withCheckedContinuation { continuation in
            let hasEnded = desk.withLock { desk in
                desk.isClosing = true
                if !desk.hasEnded { desk.closers.append(continuation) }
                return desk.hasEnded
            }
            desk.wakeAll()
            if hasEnded { continuation.resume() }
        }
    }

    private static func serve(_ desk: Monitor<Desk>, _ anchor: Anchor, _ limits: Limits, _ turn: CheckpointTurn) {
        var connections: Connections?
        while true {
            let task = desk.wait { $0.nextTask() }
            // A checkpoint that fails loses nothing: the WAL keeps everything, and the next commit asks again.
            switch task {
            case .end:
                return
            case .checkpoint:
                if let opened = try? connections ?? Connections(anchor, limits) {
                    connections = opened
                    turn.take { opened.keepingFrames { run(on: opened.copying) } }
                }
                desk.withLock { $0.runs += 1 }
                desk.wakeAll()
            }
        }
    }

    /// What a checkpoint needs.
    struct Connections {
        private let reading: Connection
        let copying: Connection

        init(_ anchor: Anchor, _ limits: Limits) throws {
            var configuration = ConnectionConfiguration(access: .readWrite)
            configuration.busyLimit = limits.stall
            configuration.cacheKibibytes = 256
            copying = try anchor.open(configuration)
            // A connection that has not read the file yet takes it for one without a WAL, and has nothing to checkpoint.
            _ = try copying.first("PRAGMA user_version") { row in try row.integer(0) }
            configuration.access = .readOnly
            reading = try anchor.open(configuration)
        }

        /// Nobody begins the WAL anew while `body` copies from it.
        ///
        /// Before 3.51.3 SQLite may take a WAL that was copied and begun anew in the moment in which a checkpoint begins for
        /// one that is to be copied: what was committed to it since is lost (<https://www.sqlite.org/wal.html#walresetbug>).
        /// A transaction that reads from the WAL keeps it from being begun anew; one that finds all of it copied reads
        /// from the file alone, and keeps the file from being written.
        func keepingFrames(_ body: () -> Void) {
            // Without it nothing is copied, and the next commit asks again.
            try? reading.snapshot {
                _ = try reading.first("PRAGMA user_version") { row in try row.integer(0) }
                body()
            }
        }
    }

    private static func run(on connection: Connection) {
        assertOwnThread()
        // SQLITE_BUSY only says that somebody else was there first, or still reads.
        sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}

/// One checkpoint at a time in a process.
final class CheckpointTurn: Sendable {
    private let lock = Lock(())

    /// Waits for the one that runs, on a thread of the library.
    func take<Result>(_ body: () -> Result) -> Result {
        assertOwnThread()
        return lock.withLock { _ in body() }
    }
}
