internal import CSQLiteShims
internal import ImageQueueConcurrency

/// Has SQLite write what a COMMIT adds to the WAL in one piece.
///
/// By itself it writes each page's frame in two calls of the system, which takes a third of the time that their sync
/// takes. For connections in WAL mode. Why it can be trusted: `Docs/Decisions/12-one-write-a-commit.md`.
final class CommitGatherer {
    /// Nil where there was no memory for it: then all is written as SQLite does.
    private let gatherer = csqlite_gatherer_make()

    deinit {
        if let gatherer { csqlite_gatherer_free(gatherer) }
    }

    /// COMMIT.
    func commit(_ connection: Connection) throws(DatabaseError) {
        gather(connection.handle)
        defer { end() }
        try connection.commit()
    }

    /// From here to ``end()`` what is written to the WAL is kept: for COMMIT alone.
    func gather(_ database: OpaquePointer) {
        assertOwnThread()
        if let gatherer { csqlite_gather(gatherer, database) }
    }

    func end() {
        if let gatherer { csqlite_gather_end(gatherer) }
    }
}
