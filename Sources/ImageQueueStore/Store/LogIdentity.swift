internal import ImageQueueCore

/// Gives the event log a new identity where the database has gone back in time, or is a copy: a number that a watcher
/// knows would otherwise mean another event by now.
///
/// The doorbell's file remembers what the database was. It stays where it is when the database file is replaced by a
/// backup, stays behind when that is copied, and says another file's number when both are copied.
struct LogIdentity: Sendable {
    let database: Database
    let doorbell: Doorbell

    /// Looks, and changes something only where the bell doesn't vouch for the database.
    /// Call it before anybody reads the log.
    ///
    /// - Returns: the database file's number, for later marks.
    func settle() async throws -> UInt64 {
        let file = try await database.read { connection in
            guard let file = try FileIdentity.of(connection.path) else {
                throw StoreError(.cannotOpen, "\(connection.path) was removed while it was being opened.")
            }
            return file.number
        }
        let isVouchedFor = try await database.read { [doorbell] connection in
            // The bell first: read after the database it might have got ahead of it meanwhile.
            let mark = doorbell.mark()
            return try mark?.vouches(for: connection.bellMark(file: file)) ?? false
        }
        if isVouchedFor { return file }
        try await database.write { [doorbell] connection in
            // Asked again under the write lock: of several that open it at once, one does this.
            let now = try connection.bellMark(file: file)
            guard doorbell.mark()?.vouches(for: now) != true else { return }
            try connection.execute("UPDATE settings SET value = lower(hex(randomblob(8))) WHERE name = 'log'")
            // Before COMMIT: if that fails, the bell vouches for nothing, and the next one to open does this again.
            try doorbell.engrave(try connection.bellMark(file: file))
        }
        return file
    }
}

/// Rings the doorbell after each commit, once there is one: the file must be there before its bell.
final class BellRope: Sendable {
    private let end = Monitor<End?>(nil)

    private struct End: Sendable {
        let doorbell: Doorbell
        let file: UInt64
        var mark: BellMark?
    }

    /// - Parameter file: the database file's number.
    func hang(_ doorbell: Doorbell, file: UInt64) { end.withLock { $0 = End(doorbell: doorbell, file: file) } }

    /// On the writer's thread, before a commit: to look after it would cost a read transaction. A commit never fails
    /// for its bell.
    func look(before commit: Connection) {
        guard let file = end.withLock({ $0?.file }) else { return }
        let mark = try? commit.bellMark(file: file)
        end.withLock { $0?.mark = mark }
    }

    /// On the writer's thread, after the commit.
    func ring() {
        guard let end = end.withLock({ $0 }) else { return }
        end.doorbell.ring(end.mark)
    }
}
