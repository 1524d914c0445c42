#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Paths as text, the little that the store needs.
enum Path {
    /// - Throws: `invalid_path` for an empty path or one that holds NUL.
    static func absolute(_ path: String) throws(StoreError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StoreError(.invalidPath, "The path is empty or holds a NUL: name a file.")
        }
        guard !path.hasPrefix("/") else { return path }
        guard let directory = getcwd(nil, 0) else {
            throw StoreError(SystemError(errno: errno, doing: "find the working directory", path: nil))
        }
        defer { free(directory) }
        let base = String(cString: directory)
        return base.hasSuffix("/") ? base + path : base + "/" + path
    }

    /// The same file's path without links: whoever opens it by another name must find the same `-wal`,
    /// locks and bell beside it.
    ///
    /// Of a file that is not there its directory's links are followed, as far as that is there.
    ///
    /// - Parameter path: Absolute.
    /// - Throws: `invalid_path` for a link to nothing.
    static func withoutLinks(_ path: String) throws(StoreError) -> String {
        if let real = real(path) { return real }
        var status = stat()
        if lstat(path, &status) == 0 {
            // Made by somebody else since, it is found now.
            if status.st_mode & S_IFMT != S_IFLNK, let real = real(path) { return real }
            throw StoreError(.invalidPath, "\(path) is a link to a file that is not there, or can't be followed.")
        }
        let parent = parent(of: path)
        guard parent != path, let folder = real(parent), let slash = path.lastIndex(of: "/") else { return path }
        return (folder == "/" ? "" : folder) + path[slash...]
    }

    private static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// The directory that an absolute path lies in; "/" for itself.
    static func parent(of path: String) -> String {
        var rest = path[...]
        while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        rest = rest[..<slash]
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        return rest.isEmpty ? "/" : String(rest)
    }
}
