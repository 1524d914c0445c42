internal import ImageQueueConcurrency

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The side of a ``Doorbell`` that rings: the open file.
struct Clapper: Sendable {
    private let path: String
    private var file: OpenFile?
    /// What stood in the file the last time, and what that says: mostly this process's own last mark.
    private var known: (bytes: [UInt8], mark: BellMark?)?

    /// The one owner of the descriptor.
    private final class OpenFile: Sendable {
        let descriptor: FileDescriptor
        let identity: FileIdentity

        init(path: String) throws(SystemError) {
            descriptor = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            identity = FileIdentity(try descriptor.status(path: path))
        }

        /// Nil if there is no whole mark.
        func read() -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: BellMark.byteCount)
            return pread(descriptor.number, &bytes, bytes.count, 0) == bytes.count ? bytes : nil
        }

        func write(_ bytes: [UInt8]) -> Bool { pwrite(descriptor.number, bytes, bytes.count, 0) == bytes.count }
    }

    init(path: String) throws(SystemError) {
        self.path = path
        file = try OpenFile(path: path)
    }

    /// Writes the mark over the old one, so that the file never grows; without one, what stands there. A file that was
    /// deleted or replaced is made or opened again: its old descriptor would ring where nobody listens.
    ///
    /// - Returns: false if the bell can't be rung.
    mutating func ring(_ mark: BellMark?) -> Bool {
        assertOwnThread()
        guard let file = current() else { return false }
        let old = standing(in: file)
        guard let new = mark?.written(over: old) ?? old else { return file.write([UInt8(ascii: "\n")]) }
        let bytes = new.bytes
        guard file.write(bytes) else { return false }
        known = (bytes, new)
        // Later marks are written in place; this one's file might come back empty after a power cut.
        if old == nil { try? file.descriptor.sync(path: path) }
        return true
    }

    /// The mark that stands there; nil for none.
    mutating func mark() -> BellMark? {
        assertOwnThread()
        return current().flatMap { standing(in: $0) }
    }

    private mutating func standing(in file: OpenFile) -> BellMark? {
        guard let bytes = file.read() else { return nil }
        if let known, known.bytes == bytes { return known.mark }
        let mark = BellMark(bytes: bytes)
        known = (bytes, mark)
        return mark
    }

    /// Writes a mark whatever stands there, and makes it survive a power cut.
    mutating func engrave(_ mark: BellMark) throws(SystemError) {
        assertOwnThread()
        let file = try OpenFile(path: path)
        self.file = file
        guard file.write(mark.bytes) else { throw SystemError(errno: errno, doing: "write", path: path) }
        try file.descriptor.sync(path: path)
        let parent = Path.parent(of: path)
        try FileDescriptor.open(parent, O_RDONLY | O_DIRECTORY).sync(path: parent)
    }

    private mutating func current() -> OpenFile? {
        if (try? FileIdentity.of(path)).flatMap({ $0 }) != file?.identity || file == nil {
            file = try? OpenFile(path: path)
        }
        return file
    }
}
