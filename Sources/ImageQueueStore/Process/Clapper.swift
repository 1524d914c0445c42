#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The side of a ``Doorbell`` that rings: the open file.
struct Clapper: Sendable {
    private let path: String
    private var file: OpenFile?

    /// The one owner of the descriptor.
    private final class OpenFile: Sendable {
        let descriptor: FileDescriptor
        let identity: FileIdentity

        init(path: String) throws(SystemError) {
            descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW)
            identity = FileIdentity(try descriptor.status(path: path))
        }
    }

    init(path: String) throws(SystemError) {
        self.path = path
        file = try OpenFile(path: path)
    }

    /// Writes one byte at offset 0, so that the file never grows. A file that was deleted or replaced is made or opened
    /// again: its old descriptor would ring where nobody listens.
    ///
    /// - Returns: false if the bell can't be rung.
    mutating func ring() -> Bool {
        assertOwnThread()
        if (try? fileStatus(path)).flatMap({ $0 }).map(FileIdentity.init) != file?.identity || file == nil {
            file = try? OpenFile(path: path)
        }
        guard let file else { return false }
        var byte = UInt8(ascii: "!")
        return pwrite(file.descriptor.number, &byte, 1, 0) == 1
    }
}

/// Which file a name or a descriptor stands for.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}
