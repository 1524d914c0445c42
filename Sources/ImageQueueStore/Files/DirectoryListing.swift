internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The names in a directory.
enum DirectoryListing {
    /// In the system's order, without `.` and `..`.
    static func names(in path: String) throws(SystemError) -> [String] {
        try names(in: try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY), path: path)
    }

    /// The same of an open directory.
    static func names(in directory: borrowing FileDescriptor, path: String) throws(SystemError) -> [String] {
        assertOwnThread()
        // A description of its own, since reading moves its place: "." of the open directory follows no link.
        let copy = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw SystemError(errno: errno, doing: "list", path: path) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError(errno: code, doing: "list", path: path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemError(errno: errno, doing: "list", path: path) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }
}
