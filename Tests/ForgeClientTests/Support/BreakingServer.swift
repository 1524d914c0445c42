import Foundation
import ImageQueueConcurrency

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A server of the loopback that answers questions, and breaks the connection of each drawing, or answers it too.
final class BreakingServer: Sendable {
    enum Break: Sendable, CaseIterable {
        /// Ends the connection once the request has come.
        case end
        /// The same with an RST.
        case reset
        /// Resets it within the body of the first drawing.
        case resetWithin
    }

    /// A request that has begun to come.
    struct Arrival: Sendable {
        let connection: Int
        let head: String
        var bodyCount = 0
        var isWhole = false

        var isDrawing: Bool {
            head.hasPrefix("POST /sdapi/v1/") && (head.contains("img") || head.contains("extra-single-image"))
        }
    }

    private struct State {
        var arrivals: [Arrival] = []
        /// Those that are open, by their numbers from 1.
        var connections: [Int: Int32] = [:]
        var accepted = 0
        var isRefusing = false
    }

    let port: Int
    private let listener: Int32
    private let manner: Break?
    private let answer: String
    private let drawingAnswer: String
    private let state = Lock(State())

    var drawings: [Arrival] { state.withLock { $0.arrivals.filter(\.isDrawing) } }
    var questions: [Arrival] { state.withLock { $0.arrivals.filter { !$0.isDrawing } } }

    static let plainAnswer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

    /// - Parameters:
    ///   - manner: `nil` to break none.
    ///   - answer: What it answers to whatever it doesn't break, from the first line of the head on.
    ///   - drawingAnswer: The same for drawings; `nil` for no other one.
    init(_ manner: Break?, answer: String = plainAnswer, drawingAnswer: String? = nil) throws {
        self.manner = manner
        self.answer = answer
        self.drawingAnswer = drawingAnswer ?? answer
        #if canImport(Glibc)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) | listen(listener, 16) | getsockname(listener, address, &length)
            }
        }
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        try LibraryThread.start(named: "breaking-server") { [self] in accept() }
    }

    /// Takes no connection any more, and keeps those that are there.
    func refuse() {
        let isFirst = state.withLock { state in
            defer { state.isRefusing = true }
            return !state.isRefusing
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    /// Sends more on each connection that is open, as of an answer that was not whole.
    func send(more text: String) {
        let bytes = Array(text.utf8)
        state.withLock { state in
            for connection in state.connections.values { _ = systemSend(connection, bytes) }
        }
    }

    func stop() {
        refuse()
        // Within the lock: a descriptor that was closed is another's by now.
        state.withLock { state in
            for connection in state.connections.values { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    private func accept() {
        while case let connection = systemAccept(listener), connection >= 0 {
            let number = state.withLock { state in
                state.accepted += 1
                state.connections[state.accepted] = connection
                return state.accepted
            }
            try? LibraryThread.start(named: "connection") { [self] in
                while serve(connection, number) {}
                state.withLock { state in
                    state.connections[number] = nil
                    close(connection)
                }
            }
        }
        close(listener)
    }

    /// - Returns: Whether another request may come.
    private func serve(_ connection: Int32, _ number: Int) -> Bool {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = read(connection, 1).first else { return false }
            head.append(byte)
        }
        var arrival = Arrival(connection: number, head: String(decoding: head, as: UTF8.self))
        let (place, isFirst) = state.withLock { state in
            let isFirst = !state.arrivals.contains(where: \.isDrawing)
            state.arrivals.append(arrival)
            return (state.arrivals.count - 1, isFirst)
        }
        let length =
            arrival.head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        let wanted = arrival.isDrawing && isFirst && manner == .resetWithin ? length / 2 : length
        while arrival.bodyCount < wanted {
            let bytes = read(connection, wanted - arrival.bodyCount)
            guard !bytes.isEmpty else { return false }
            arrival.bodyCount += bytes.count
            arrival.isWhole = arrival.bodyCount == length
            state.withLock { $0.arrivals[place] = arrival }
        }
        guard arrival.isDrawing, manner != nil else {
            let answer = Array((arrival.isDrawing ? drawingAnswer : answer).utf8)
            return systemSend(connection, answer) == answer.count
        }
        if manner != .end {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }
        return false
    }

    private func read(_ connection: Int32, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = recv(connection, &bytes, count, 0)
        return Array(bytes.prefix(max(0, read)))
    }
}

/// `accept(2)`, which the server's own method hides.
private func systemAccept(_ listener: Int32) -> Int32 { accept(listener, nil, nil) }

/// `send(2)`, likewise; to one who has gone it fails, and ends nobody.
private func systemSend(_ connection: Int32, _ bytes: [UInt8]) -> Int {
    #if canImport(Darwin)
    send(connection, bytes, bytes.count, 0)
    #else
    send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    #endif
}
