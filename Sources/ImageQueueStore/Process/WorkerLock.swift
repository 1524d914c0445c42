internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Proves that a worker lives: a lock on a file of its own beside the database, which the kernel frees at any death.
///
/// `flock` and not `fcntl`: its lock belongs to the open file, so that a second look at the file from the same process,
/// and the end of that look, changes nothing; it also holds across containers that share the volume.
final class WorkerLock: Sendable {
    let workerID: String
    private let path: String
    private let file: Monitor<OpenFile?>

    /// The one owner of the descriptor.
    private final class OpenFile: Sendable {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    /// Takes the lock of a worker.
    ///
    /// - Parameters:
    ///   - workerID: 1 to 128 letters, digits, `-`, `_` and `.`, not beginning with a dot.
    ///   - database: the path of the database; the locks lie in `<database>-workers/`.
    /// - Throws: `worker_exists` if a living process (or this one) holds it, `invalid_path`, what the system says.
    init(workerID: String, database: String) throws(StoreError) {
        assertOwnThread()
        self.workerID = workerID
        path = try Self.path(workerID, database)
        do throws(SystemError) {
            try PrivateDirectory.create(Self.directory(of: database))
            file = Monitor(OpenFile(try Self.lock(path)))
        } catch {
            guard error.errno == EWOULDBLOCK else { throw StoreError(error) }
            throw StoreError(.workerExists, "A worker named \(workerID) is running already: choose another name.")
        }
    }

    /// Removes the file and frees the lock. Idempotent; also done when the last reference goes, but for the file.
    func release() {
        assertOwnThread()
        file.withLock { file in
            guard file != nil else { return }
            // While it is still locked: whoever opens it meanwhile sees, once he has the lock, that it has no name.
            unlink(path)
            file = nil
        }
    }

    private static func lock(_ path: String) throws(SystemError) -> FileDescriptor {
        // A look from outside holds the lock for a moment, shared; an owner keeps it.
        for attempt in 0..<50 {
            let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                guard code == EWOULDBLOCK || code == EINTR, attempt < 49 else {
                    throw SystemError(errno: code, doing: "lock", path: path)
                }
                usleep(1_000)
                continue
            }
            // Its last owner may have removed it between our open and our lock: then nobody else would find ours.
            if try isStillNamed(file, path) { return file }
        }
        throw SystemError(errno: EWOULDBLOCK, doing: "lock", path: path)
    }

    private static func isStillNamed(_ file: borrowing FileDescriptor, _ path: String) throws(SystemError) -> Bool {
        let mine = try file.status(path: path)
        let named = try fileStatus(path)
        return named?.st_ino == mine.st_ino && named?.st_dev == mine.st_dev
    }
}

extension WorkerLock {
    /// What is known of a worker's process.
    enum Life: Sendable, Equatable {
        case lives, isDead
        /// The file can't be looked at: it is another user's, or somebody has put a link there.
        /// Then the lease alone tells.
        case unknown
    }

    /// Whether the worker's process lives. Costs three system calls, and blocks for none of them.
    ///
    /// - Throws: what the system says but for a missing file, which is a dead worker's, and one that may not be opened.
    static func life(of workerID: String, database: String) throws(StoreError) -> Life {
        assertOwnThread()
        let path = try path(workerID, database)
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
            if flock(file.number, LOCK_SH | LOCK_NB) == 0 { return .isDead }
            let code = errno
            guard code == EWOULDBLOCK else { throw SystemError(errno: code, doing: "look at the lock", path: path) }
            return .lives
        } catch {
            switch error.errno {
            case ENOENT: return .isDead
            case EACCES, EPERM, ELOOP: return .unknown
            default: throw StoreError(error)
            }
        }
    }

    /// Removes what dead workers left. A worker that starts meanwhile notices, and makes its file again.
    ///
    /// - Returns: whose files were removed.
    @discardableResult
    static func removeDead(database: String) throws(StoreError) -> [String] {
        assertOwnThread()
        do throws(SystemError) {
            let directory = directory(of: database)
            var removed: [String] = []
            for name in try DirectoryListing.names(in: directory) where name.hasSuffix(suffix) {
                let path = directory + "/" + name
                guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW) else { continue }
                guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { continue }
                // Only who holds the lock of the file that has the name may take the name away.
                guard try isStillNamed(file, path) else { continue }
                unlink(path)
                removed.append(String(name.dropLast(suffix.count)))
            }
            return removed
        } catch {
            guard error.errno == ENOENT else { throw StoreError(error) }
            return []
        }
    }

    private static let suffix = ".lock"

    static func directory(of database: String) -> String { database + "-workers" }

    private static func path(_ workerID: String, _ database: String) throws(StoreError) -> String {
        let isAllowed = workerID.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default:
                false
            }
        }
        guard isAllowed, (1...128).contains(workerID.utf8.count), !workerID.hasPrefix(".") else {
            let rule = "use 1 to 128 of A-Z a-z 0-9 - _ . and no dot in front"
            throw StoreError(.invalidPath, "A worker's id is the name of a file: \(rule).")
        }
        return directory(of: database) + "/" + workerID + suffix
    }
}
