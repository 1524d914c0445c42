import CSQLite

/// Keeps the WAL short, so that commits write over what its file has already: a commit that makes a file longer waits for
/// the file system's journal too, four times as long.
///
/// The WAL starts anew when a writer finds all of it in the database file, and nobody reading. ``Checkpointer`` copies most
/// of it while writers go on. Where they rest, that is all. Where one transaction follows the other, the writer copies
/// what was committed meanwhile, between two groups.
struct WALBound {
    private let checkpointer: Checkpointer
    /// Pages at which something is due.
    private var next: Int
    /// How often the checkpointer had run when it was last asked to.
    private var asked: Int?

    init(_ checkpointer: Checkpointer) {
        self.checkpointer = checkpointer
        next = checkpointer.limits.threshold
    }

    /// Call it between two transactions, on the writer's thread.
    mutating func keep(_ connection: Connection) {
        let limits = checkpointer.limits
        let pages = connection.walPages
        guard pages >= limits.threshold else {
            // It has started anew.
            next = limits.threshold
            asked = nil
            return
        }
        guard pages >= next else { return }
        if pages > limits.bound {
            // RESTART: "blocks (calls the busy-handler callback) until all readers are reading from the database file only".
            connection.withBusyLimit(limits.stall) { checkpoint(SQLITE_CHECKPOINT_RESTART, connection) }
        } else if let asked {
            guard checkpointer.runs != asked else { return }
            checkpoint(SQLITE_CHECKPOINT_PASSIVE, connection)
        } else {
            asked = checkpointer.ask()
            return
        }
        // Mostly it begins anew with the next commit. Where a long read, or another process's checkpoint, is in the way: not
        // with every commit now.
        asked = nil
        next = pages + limits.threshold
    }

    /// What it could not do is seen by the pages that are left.
    private func checkpoint(_ mode: Int32, _ connection: Connection) {
        _ = checkpointer.turn.take { sqlite3_wal_checkpoint_v2(connection.handle, nil, mode, nil, nil) }
    }
}
