#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Wakes a thread of this process that waits in `poll`: a pipe.
final class Alarm: Sendable {
    private let readEnd: FileDescriptor
    private let writeEnd: FileDescriptor

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(errno: errno, doing: "open a pipe", path: nil) }
        readEnd = FileDescriptor(number: ends[0])
        writeEnd = FileDescriptor(number: ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    /// What `poll` waits for to become readable.
    var descriptor: Int32 { readEnd.number }

    /// Never waits: a full pipe has woken the thread already.
    func ring() {
        var byte: UInt8 = 0
        _ = write(writeEnd.number, &byte, 1)
    }

    /// Forgets all rings so far.
    func reset() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(readEnd.number, &bytes, bytes.count) == bytes.count {}
    }
}
