internal import CSQLite

/// Keeps the WAL short, so that commits write over what its file has already: a commit that makes a file longer waits for
/// the file system's journal too, four times as long.
///
/// The WAL starts anew when a writer finds all of it in the database file, and nobody reading. ``Checkpointer`` copies most
/// of it while writers go on. Where they rest, that is all. Where one transaction follows the other, be it another process's,
/// the writer holds the write lock between two groups while the rest is copied: then the next one to write begins anew.
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
            connection.withBusyLimit(limits.stall) {
                _ = checkpointer.turn.take {
                    // What it could not do is seen by the pages that are left.
                    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_RESTART, nil, nil)
                }
            }
        } else if let asked {
            guard checkpointer.runs != asked, copyRest(connection) else { return }
        } else {
            asked = checkpointer.ask()
            return
        }
        // Mostly it begins anew with the next commit. Where a long read, or another process's checkpoint, is in the way: not
        // with every commit now.
        asked = nil
        next = pages + limits.threshold
    }

    /// - Returns: false if others hold the write lock.
    private func copyRest(_ connection: Connection) -> Bool {
        do {
            try connection.withBusyLimit(checkpointer.limits.stall) { try connection.begin() }
        } catch {
            return false
        }
        checkpointer.askAndWait()
        connection.rollback()
        return true
    }
}
