internal import CSQLite

/// What a database tells of its own state.
public struct StoreInspection: Sendable, Hashable {
    /// The version of the SQLite library that this process runs with, such as `3.40.1`. It needs no database.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// The version of its schema.
    public var schemaVersion: Int
    /// The journal's mode: `wal`, as it must be.
    public var journalMode: String
    /// What SQLite's quick check complains of; empty for a sound file.
    public var damage: [String]
    /// How many messages have metadata that this SQLite can't read, and so can't change: a newer one has stored them.
    public var unreadableMessages: Int
    /// Whether the kernel tells of the doorbell; else it is looked for ten times a second.
    public var hearsDoorbell: Bool
}

extension SQLiteJobStore {
    /// Looks at the file as a whole, which takes time by its size, and changes nothing.
    ///
    /// - Throws: `QueueError`: `store_unavailable`, `closed`, or `store_damaged` where the damage keeps it from being
    ///   looked at at all; or `CancellationError`.
    public func inspect() async throws -> StoreInspection {
        let hearsDoorbell = try await hearsDoorbell()
        return try await read { connection in
            let found = try connection.quickCheck()
            return StoreInspection(
                schemaVersion: try connection.first("PRAGMA user_version") { row in try row.int(0) } ?? 0,
                journalMode: try connection.first("PRAGMA journal_mode") { row in try row.text(0) } ?? "",
                damage: found.filter { $0 != "ok" },
                unreadableMessages: found == ["ok"] ? try connection.unreadableMessages() : 0,
                hearsDoorbell: hearsDoorbell
            )
        }
    }

    /// Listens to the bell as a watcher would, until it is called for the first time.
    private func hearsDoorbell() async throws -> Bool {
        let (calls, tell) = AsyncStream.makeStream(of: Void.self)
        let (bell, listener) = try await read { connection in
            let bell = try Doorbell(database: connection.path)
            return (bell, try bell.listen { _ in tell.yield() })
        }
        defer { bell.stopListening(listener) }
        for await _ in calls { break }
        return bell.hearsKernel
    }
}

extension Connection {
    fileprivate func unreadableMessages() throws -> Int {
        try first("SELECT count(*) FROM messages WHERE NOT json_valid(extra_metadata)") { try $0.int(0) } ?? 0
    }

    /// What SQLite's quick check says, `ok` or a line for each fault. A page that can't be read at all ends it with an
    /// error: that is the last line then.
    fileprivate func quickCheck() throws -> [String] {
        var found: [String] = []
        do {
            try forEach("PRAGMA quick_check(20)") { row in
                found.append(try row.text(0))
                return true
            }
        } catch let error as DatabaseError where ResultCode.corrupt ~= error.code {
            found.append(error.message)
        }
        return found
    }
}
