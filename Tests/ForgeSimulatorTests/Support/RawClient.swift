import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One TCP connection and as much HTTP as the tests need: it can leave early, read half, and see a reset.
///
/// Blocking reads run on threads of their own; waits are bounded by the socket's time-out.
final class RawConnection: Sendable {
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
        static let refused = Failure(description: "connection refused")
        static let reset = Failure(description: "connection reset")
        static let closed = Failure(description: "closed before the end of the answer")
    }

    private let descriptor: Int32

    init(port: Int, timeout: Int = 20) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = descriptor
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            // `deinit` closes the descriptor, also after this.
            let code = errno
            throw code == ECONNREFUSED ? Failure.refused : Failure(description: String(cString: strerror(code)))
        }
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 || errno == EINTR else { return }
            sent += max(0, count)
        }
    }

    /// Some bytes; none at the end of the stream.
    func read() async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // Holds the connection: a descriptor closed early could be somebody else's by now.
            Thread.detachNewThread { [self] in
                var buffer = [UInt8](repeating: 0, count: 65536)
                var count = 0
                repeat { count = recv(descriptor, &buffer, buffer.count, 0) } while count < 0 && errno == EINTR
                if count >= 0 {
                    continuation.resume(returning: Array(buffer.prefix(count)))
                } else {
                    let code = errno
                    continuation.resume(
                        throwing: code == ECONNRESET ? .reset : Failure(description: String(cString: strerror(code)))
                    )
                }
            }
        }
    }

    /// Everything until the other side closes.
    func readToEnd() async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try await read()
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    func answer(headOnly: Bool = false) async throws -> RawAnswer {
        var all: [UInt8] = []
        while true {
            if let answer = RawAnswer(all, headOnly: headOnly) { return answer }
            let bytes = try await read()
            guard !bytes.isEmpty else { throw Failure.closed }
            all += bytes
        }
    }
}

struct RawAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let headerOrder: [String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) }

    func object() throws -> [String: Any] { try json() as? [String: Any] ?? [:] }

    /// `nil` until the bytes are complete.
    init?(_ bytes: [UInt8], headOnly: Bool) {
        let gap = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: gap) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        var order: [String] = []
        for line in lines.dropFirst() {
            let parts = line.components(separatedBy: ": ")
            guard let name = parts.first else { continue }
            order.append(name)
            headers[name] = parts.dropFirst().joined(separator: ": ")
        }
        self.headers = headers
        headerOrder = order
        let rest = bytes[(end + 4)...]
        let length = headOnly ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        guard rest.count >= length else { return nil }
        body = Array(rest.prefix(length))
    }
}
