internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// An open file that is closed when its owner lets go. Never a database file of SQLite's: closing any descriptor of one
/// would drop this process's locks on it (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
struct FileDescriptor: ~Copyable {
    let number: Int32

    init(number: Int32) { self.number = number }

    deinit {
        let code = close(number)
        // EBADF would mean that a number was closed twice, and by now may be somebody else's file.
        assert(code == 0 || errno != EBADF, "closed twice")
    }

    /// - Parameter directory: where a relative path begins; nil for the working directory.
    static func open(
        _ path: String,
        in directory: Int32 = AT_FDCWD,
        _ flags: Int32,
        mode: mode_t = 0o600
    ) throws(SystemError) -> FileDescriptor {
        assertOwnThread()
        while true {
            let number = openat(directory, path, flags | O_CLOEXEC, mode)
            if number >= 0 { return FileDescriptor(number: number) }
            guard errno == EINTR else { throw SystemError(errno: errno, doing: "open", path: path) }
        }
    }

    /// Makes a file of no bytes with mode 0600, where there was none.
    static func createEmpty(_ path: String) throws(SystemError) {
        let file = try open(path, O_WRONLY | O_CREAT | O_EXCL)
        _ = consume file
    }

    func write(_ bytes: UnsafeRawBufferPointer, path: String) throws(SystemError) {
        assertOwnThread()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
            let count = Glibc.write(number, piece.baseAddress, piece.count)
            #elseif canImport(Musl)
            let count = Musl.write(number, piece.baseAddress, piece.count)
            #else
            let count = Darwin.write(number, piece.baseAddress, piece.count)
            #endif
            if count < 0 {
                guard errno == EINTR else { throw SystemError(errno: errno, doing: "write", path: path) }
            } else {
                rest = rest.dropFirst(count)
            }
        }
    }

    /// What stands from the file's present place on, at most `limit` bytes.
    func read(upTo limit: Int, path: String) throws(SystemError) -> [UInt8] {
        assertOwnThread()
        var problem: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            while filled < limit {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                #if canImport(Glibc)
                let count = Glibc.read(number, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                let count = Musl.read(number, rest.baseAddress, rest.count)
                #else
                let count = Darwin.read(number, rest.baseAddress, rest.count)
                #endif
                if count > 0 { filled += count }
                if count == 0 { return }
                if count < 0, errno != EINTR {
                    problem = SystemError(errno: errno, doing: "read", path: path)
                    return
                }
            }
        }
        if let problem { throw problem }
        return bytes
    }

    #if DEBUG
    /// Told of each sync, for tests: no power is cut in them.
    static let onSync = Lock<(@Sendable (String) -> Void)?>(nil)
    #endif

    /// Makes the file (or a directory's names) survive a power cut.
    func sync(path: String) throws(SystemError) {
        assertOwnThread()
        #if DEBUG
        Self.onSync.withLock(\.self)?(path)
        #endif
        #if canImport(Darwin)
        // "fsync() … the drive itself may not physically write the data": F_FULLFSYNC asks it to. Not every file system
        // offers that.
        if fcntl(number, F_FULLFSYNC) == 0 { return }
        #endif
        guard fsync(number) == 0 else { throw SystemError(errno: errno, doing: "sync", path: path) }
    }

    func status(path: String) throws(SystemError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError(errno: errno, doing: "look at", path: path) }
        return status
    }
}

/// Looks at a path; nil where nothing is there.
func fileStatus(_ path: String) throws(SystemError) -> stat? {
    var status = stat()
    if stat(path, &status) == 0 { return status }
    guard errno == ENOENT else { throw SystemError(errno: errno, doing: "look at", path: path) }
    return nil
}
