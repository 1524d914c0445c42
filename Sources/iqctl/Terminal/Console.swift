internal import Foundation
internal import ImageQueueConcurrency

/// The two output streams: what was asked for goes to standard output,
/// everything about the way there to standard error.
///
/// A status line can stand at the end of standard error, if that is a terminal; other lines are put above it.
final class Console: Sendable {
    static let shared = Console()

    /// Whether standard error is a terminal that can move its cursor.
    let isInteractive: Bool
    /// Whether the terminal shows more than ASCII.
    let isUnicode: Bool
    private let statusLine = Lock("")

    private init() {
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        isUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    }

    /// How many columns standard error has.
    var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A line on standard output.
    ///
    /// - Throws: ``CommandFailure`` if it can't be written; a reader that has gone away ends the process.
    func print(_ line: String) throws {
        statusLine.withLock { status in
            if !status.isEmpty { Self.write("\r\u{1B}[K", to: STDERR_FILENO) }
            status = ""
        }
        let failure = Self.write(line + "\n", to: STDOUT_FILENO)
        if failure == EPIPE { BrokenPipe.die() }
        guard failure == 0 else {
            let reason = String(cString: strerror(failure))
            throw CommandFailure(.storeFailed, "Standard output can't be written: \(reason).")
        }
    }

    /// A line on standard error, above the status line.
    func note(_ line: String) {
        statusLine.withLock { status in
            let text = status.isEmpty ? "\(line)\n" : "\r\u{1B}[K\(line)\n\(status)"
            Self.write(text, to: STDERR_FILENO)
        }
    }

    /// A line on standard error by a process that ends with it. It waits for nobody, be it a reader that has stopped
    /// reading or another line that waits for him: then it is not written.
    func noteLast(_ line: String) {
        var place = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&place, 1, 0) == 1, place.revents & Int16(POLLOUT) != 0 else { return }
        let text = Array("\(isInteractive ? "\r\u{1B}[K" : "")\(line)\n".utf8)
        _ = Foundation.write(STDERR_FILENO, text, text.count)
    }

    /// What went wrong, as the last line on standard error.
    func complain(_ message: String) {
        clearStatus()
        note("iqctl: \(TerminalText.line(message))")
    }

    /// Replaces the status line; only for terminals.
    func showStatus(_ line: String) {
        guard isInteractive else { return }
        statusLine.withLock { status in
            guard status != line else { return }
            status = line
            Self.write("\r\(line)\u{1B}[K", to: STDERR_FILENO)
        }
    }

    /// Takes the status line away.
    func clearStatus() {
        statusLine.withLock { status in
            guard !status.isEmpty else { return }
            status = ""
            Self.write("\r\u{1B}[K", to: STDERR_FILENO)
        }
    }

    /// Writes all of it; answers 0 or the error's number.
    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Whoever made the pipe wants to wait for nothing himself.
                var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&place, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
