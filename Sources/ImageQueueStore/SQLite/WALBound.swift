import CSQLite

/// Keeps the WAL from growing without end under writers that never rest.
///
/// The WAL starts anew when a writer finds all of it in the database file, and nobody reading. While one transaction
/// follows the other that moment never comes, however often ``Checkpointer`` runs. So beyond a bound the writer makes it,
/// between two groups: what is left to copy is what was committed since the last checkpoint.
struct WALBound {
    private let limits: Checkpointer.Limits
    private let turn: CheckpointTurn
    private var nextTry: Int

    init(_ limits: Checkpointer.Limits, turn: CheckpointTurn) {
        self.limits = limits
        self.turn = turn
        nextTry = limits.bound
    }

    /// Call it between two transactions, on the writer's thread.
    mutating func keep(_ connection: Connection) {
        guard connection.walPages > nextTry else { return }
        let code = connection.withBusyLimit(limits.stall) {
            // RESTART: "blocks (calls the busy-handler callback) until all readers are reading from the database file only".
            turn.take { sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_RESTART, nil, nil) }
        }
        // A long read, or another checkpoint: not with every commit now.
        nextTry = code == SQLITE_OK ? limits.bound : connection.walPages + limits.threshold
    }
}
