#if canImport(Darwin)
internal import Darwin

/// What the kernel tells of one file (kqueue(2), EVFILT_VNODE): what a `DispatchSource` is made of, but for a thread
/// that waits in `poll`.
final class BellEvents {
    private let queue: FileDescriptor
    private let file: FileDescriptor
    private let identity: FileIdentity

    /// Makes the file where it is missing.
    init(path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, O_EVTONLY | O_CREAT | O_NOFOLLOW)
        identity = FileIdentity(try file.status(path: path))
        let number = kqueue()
        guard number >= 0 else { throw SystemError(errno: errno, doing: "watch", path: path) }
        queue = FileDescriptor(number: number)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        var change = kevent(
            ident: UInt(file.number),
            filter: Int16(EVFILT_VNODE),
            flags: UInt16(EV_ADD | EV_CLEAR),
            fflags: UInt32(NOTE_WRITE | NOTE_DELETE | NOTE_RENAME),
            data: 0,
            udata: nil
        )
        guard kevent(number, &change, 1, nil, 0, nil) == 0 else {
            throw SystemError(errno: errno, doing: "watch", path: path)
        }
    }

    /// What `poll` waits for to become readable.
    var descriptor: Int32 { queue.number }

    /// Whether the path names another file by now, or none.
    func isStale(_ path: String) -> Bool {
        (try? FileIdentity.of(path)).flatMap { $0 } != identity
    }

    func drain() {
        var event = kevent()
        var now = timespec()
        while kevent(queue.number, nil, 0, &event, 1, &now) > 0 {}
    }
}
#endif
