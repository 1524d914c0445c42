#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A call of the operating system that failed.
struct SystemError: Error, Sendable, CustomStringConvertible {
    let errno: Int32
    /// What was tried, as "create", "write".
    let doing: String
    let path: String?

    init(errno: Int32, doing: String, path: String?) {
        self.errno = errno
        self.doing = doing
        self.path = path
    }

    var description: String {
        var text = [CChar](repeating: 0, count: 256)
        // glibc offers Swift the POSIX variant, which fills the buffer.
        let code = strerror_r(errno, &text, text.count)
        let reason =
            code == 0
            ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "errno \(errno)"
        return "cannot \(doing)" + (path.map { " \($0)" } ?? "") + ": \(reason)"
    }
}

extension StoreError {
    /// Whether it says that there is no such file.
    var tellsMissingFile: Bool { (cause as? SystemError)?.errno == ENOENT }

    /// Says which kind of failure a call of the operating system met, and what a person can do.
    init(_ error: SystemError) {
        let code: Code
        let advice: String
        switch error.errno {
        case ENOSPC, EDQUOT, EFBIG:
            (code, advice) = (.diskFull, "Free some space, or raise the quota.")
        case EROFS:
            (code, advice) = (.readOnly, "The file system is read-only: choose another place or mount it writable.")
        case EACCES, EPERM:
            (code, advice) = (.cannotOpen, "Give this user the right to read and write there.")
        case ENOENT:
            (code, advice) = (.cannotOpen, "Check the path.")
        case ENOTDIR:
            (code, advice) = (.cannotOpen, "A part of the path is a file, not a directory.")
        case EISDIR:
            (code, advice) = (.cannotOpen, "That is a directory: name a file.")
        case ENAMETOOLONG:
            (code, advice) = (.invalidPath, "Choose a shorter name.")
        case ELOOP:
            (code, advice) = (.invalidPath, "A part of the path is a symbolic link, which is not followed.")
        case EMFILE, ENFILE:
            (code, advice) = (.cannotOpen, "Too many files are open: raise the limit (ulimit -n).")
        case ENOMEM:
            (code, advice) = (.outOfMemory, "Memory ran out.")
        default:
            (code, advice) = (.ioError, "Look at the disk and the system's log.")
        }
        let text = error.description
        self.init(code, text.prefix(1).uppercased() + text.dropFirst() + ". " + advice, cause: error)
    }
}
