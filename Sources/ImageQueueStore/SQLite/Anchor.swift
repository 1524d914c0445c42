internal import ImageQueueConcurrency

/// The very file that a database was opened on: what comes to stand at its path later is not taken for it.
///
/// A file that is deleted or replaced lives on without a name for those who have it open, and what they write goes with
/// them (<https://www.sqlite.org/howtocorrupt.html>, "Unlinking or renaming a database file while in use").
/// ``Connection/requireFile()`` looks before each access; here the other connections of the process are opened.
final class Anchor: Sendable {
    let path: String
    private let held = Lock<FileIdentity?>(nil)

    /// - Parameter path: absolute.
    init(path: String) {
        self.path = path
    }

    /// Decides which file it is, by the first connection.
    func hold(_ first: Connection) throws {
        let identity = try FileIdentity.of(path)
        try first.requireFile()
        held.withLock { $0 = identity }
    }

    /// Opens another connection to the same file.
    ///
    /// - Throws: SQLite's error; one of ``ResultCode/readOnlyMoved`` if another file stands there now, or none.
    func open(_ configuration: ConnectionConfiguration) throws -> Connection {
        // Before, so that a stranger's file is not touched; and after, for it may have come meanwhile.
        try refuseOther()
        let connection = try Connection(path: path, configuration: configuration)
        try refuseOther()
        try connection.configure(configuration)
        return connection
    }

    private func refuseOther() throws {
        guard let held = held.withLock({ $0 }), try FileIdentity.of(path) != held else { return }
        throw DatabaseError.moved
    }
}

extension DatabaseError {
    /// As SQLite says it where it looks itself.
    static var moved: DatabaseError { DatabaseError(.readOnlyMoved, "the file has been moved since it was opened") }
}
