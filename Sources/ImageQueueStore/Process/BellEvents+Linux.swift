#if os(Linux)
#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What the kernel tells of one file (inotify(7)).
final class BellEvents {
    private let instance: FileDescriptor
    /// Open, so that no other file gets this one's number as long as it is watched.
    private let file: FileDescriptor
    private let identity: FileIdentity

    /// Makes the file where it is missing.
    ///
    /// - Throws: EMFILE or ENOSPC where the user has no instance or watch left.
    init(path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW)
        identity = FileIdentity(try file.status(path: path))
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw SystemError(errno: errno, doing: "watch", path: path) }
        instance = FileDescriptor(number: number)
        // IN_ATTRIB: the last name of an open file was removed;
        // IN_DELETE_SELF would wait until it is closed everywhere.
        let mask = UInt32(IN_MODIFY) | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        guard inotify_add_watch(number, path, mask) >= 0 else {
            throw SystemError(errno: errno, doing: "watch", path: path)
        }
    }

    /// What `poll` waits for to become readable.
    var descriptor: Int32 { instance.number }

    /// Whether the path names another file by now, or none.
    func isStale(_ path: String) -> Bool {
        (try? FileIdentity.of(path)).flatMap { $0 } != identity
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while read(instance.number, &bytes, bytes.count) > 0 {}
    }
}
#endif
