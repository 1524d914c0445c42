internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Directories that only their owner may enter.
enum PrivateDirectory {
    /// Creates `path` and its missing parents with mode 0700, each synced into its parent; what exists stays as it is.
    static func create(_ path: String) throws(SystemError) {
        assertOwnThread()
        if let status = try fileStatus(path) {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw SystemError(errno: ENOTDIR, doing: "use as a directory", path: path)
            }
            return
        }
        let parent = Path.parent(of: path)
        if parent != path { try create(parent) }
        // Another process may have been faster.
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(errno: errno, doing: "create the directory", path: path)
        }
        try FileDescriptor.open(parent, O_RDONLY | O_DIRECTORY).sync(path: parent)
    }
}
