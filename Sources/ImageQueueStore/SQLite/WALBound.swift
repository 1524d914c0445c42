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
            _ = connection.withBusyLimit(limits.stall) { checkpoint(SQLITE_CHECKPOINT_RESTART, connection) }
        } else if let asked {
            guard checkpointer.runs != asked else { return }
            if checkpoint(SQLITE_CHECKPOINT_PASSIVE, connection) { return }
        } else {
            asked = checkpointer.ask()
            return
        }
        // A long read, or another process's checkpoint: not with every commit now.
        asked = nil
        next = pages + limits.threshold
    }

    /// - Returns: whether all of the WAL is in the file now.
    private func checkpoint(_ mode: Int32, _ connection: Connection) -> Bool {
        var logged: Int32 = -1
        var copied: Int32 = -1
        let code = checkpointer.turn.take {
            sqlite3_wal_checkpoint_v2(connection.handle, nil, mode, &logged, &copied)
        }
        return code == SQLITE_OK && logged == copied
    }
}
