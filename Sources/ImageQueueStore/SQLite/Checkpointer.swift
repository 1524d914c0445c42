import CSQLite

/// Moves what the WAL holds into the database file, on a connection and a thread of its own, so that no commit pays for it.
///
/// Normally PASSIVE, which disturbs nobody. Where readers or a busy writer keep the WAL from starting anew until it passes
/// a bound, RESTART: it keeps writers out for at most about ``stallLimit``, and the next commit begins the WAL again.
final class Checkpointer: Sendable {
    /// When to do what. Pages are the database's, 4,096 bytes by default.
    struct Limits: Sendable {
        /// Pages in the WAL that ask for a checkpoint: SQLite's own default.
        var threshold = 1_000
        /// Pages in the WAL beyond which writers may have to wait a moment.
        var bound = 16_000
        /// How long they may have to wait.
        var stall = Duration.milliseconds(100)
    }

    private let limits: Limits
    private let desk = Monitor(Desk())

    private struct Desk: Sendable {
        var isWanted = false
        var isClosing = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// Starts the thread. The connection is opened with the first checkpoint.
    ///
    /// - Parameter path: absolute, a database in WAL mode.
    init(path: String, limits: Limits = Limits()) throws(StoreError) {
        self.limits = limits
        try LibraryThread.start(named: "imagequeue-ckpt") { [desk] in
            Self.serve(desk, path, limits)
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

    /// Tells of a commit. Costs a comparison unless a checkpoint is due.
    func noteCommit(walPages: Int) {
        guard walPages >= limits.threshold else { return }
        desk.withLock { $0.isWanted = true }
        desk.wakeOne()
    }

    /// Checkpoints all it can, cuts the WAL to nothing, and ends the thread. Idempotent.
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

    private static func serve(_ desk: Monitor<Desk>, _ path: String, _ limits: Limits) {
        var connection: Connection?
        while true {
            let isClosing = desk.wait { desk -> Bool? in
                guard desk.isWanted || desk.isClosing else { return nil }
                desk.isWanted = false
                return desk.isClosing
            }
            // A checkpoint that fails loses nothing: the WAL keeps everything, and the next commit asks again.
            if let opened = try? connection ?? open(path, limits) {
                connection = opened
                if isClosing {
                    _ = run(SQLITE_CHECKPOINT_TRUNCATE, on: opened)
                } else if run(SQLITE_CHECKPOINT_PASSIVE, on: opened) > limits.bound {
                    _ = run(SQLITE_CHECKPOINT_RESTART, on: opened)
                }
            }
            if isClosing { return }
        }
    }

    private static func open(_ path: String, _ limits: Limits) throws -> Connection {
        var configuration = ConnectionConfiguration(access: .readWrite)
        configuration.busyLimit = limits.stall
        configuration.cacheKibibytes = 256
        let connection = try Connection(path: path, configuration: configuration)
        try connection.configure(configuration)
        // A connection that has not read the file yet takes it for one without a WAL, and has nothing to checkpoint.
        _ = try connection.first("PRAGMA user_version") { row in try row.integer(0) }
        return connection
    }

    /// - Returns: pages in the WAL.
    private static func run(_ mode: Int32, on connection: Connection) -> Int {
        assertOwnThread()
        var pages: Int32 = 0
        // SQLITE_BUSY only says that somebody else was there first, or still reads.
        sqlite3_wal_checkpoint_v2(connection.handle, nil, mode, &pages, nil)
        return Int(pages)
    }
}
