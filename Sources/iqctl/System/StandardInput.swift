internal import Foundation

/// Text that comes through a pipe.
enum StandardInput {
    /// All of standard input, without a line feed at its end.
    ///
    /// - Throws: ``CommandFailure`` if it is longer than `limit` bytes, not UTF-8, or can't be read. Reads at most two
    ///   bytes more than the limit: one to tell, and the line feed.
    static func text(field: String, limit: Int) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let most = limit + 2
        while bytes.count < most {
            let count = read(STDIN_FILENO, &buffer, min(buffer.count, most - bytes.count))
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                if errno == EAGAIN {
                    var place = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                    _ = poll(&place, 1, -1)
                    continue
                }
                throw CommandFailure(.storeFailed, "Standard input can't be read: \(String(cString: strerror(errno))).")
            }
            bytes += buffer[..<count]
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard bytes.count <= limit else {
            throw CommandFailure(.refused, "\(field) must be at most \(limit) bytes of UTF-8; standard input has more.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.refused, "\(field) must be UTF-8; standard input holds something else.")
        }
        return text
    }
}
