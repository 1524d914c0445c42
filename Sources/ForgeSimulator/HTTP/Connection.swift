internal import ImageQueueConcurrency
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// One accepted connection: requests come out of a stream in order, answers go in as bytes.
///
/// The bytes of an answer are made here and not by NIO's encoder, because faults need half of a head. The stream is an
/// `AsyncStream` and not a `NIOAsyncChannel`, because connections that were accepted but never served (the server
/// stopped between) must be droppable without a ceremony.
final class Connection: Sendable {
    let requests: AsyncStream<HTTPRequest>
    private let channel: any Channel
    private let idling = Lock(Idling())

    private struct Idling: Sendable {
        /// How many requests have begun to come in.
        var begun = 0
        var timer: Scheduled<Void>?

        mutating func stopTimer() {
            timer?.cancel()
            timer = nil
        }
    }

    /// Sets up a fresh channel. Call on its event loop.
    static func wrap(_ channel: any Channel) throws -> Connection {
        let (stream, continuation) = AsyncStream.makeStream(of: HTTPRequest.self)
        let connection = Connection(channel: channel, requests: stream)
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            RequestAssembler(connection: connection, continuation: continuation),
        ])
        return connection
    }

    private init(channel: any Channel, requests: AsyncStream<HTTPRequest>) {
        self.channel = channel
        self.requests = requests
    }

    /// Sends a head and what follows it in one go.
    /// - Throws: an error of the channel if the client is gone.
    func write(_ head: [UInt8], _ body: ByteBuffer = ByteBuffer()) async throws {
        let first = channel.allocator.buffer(bytes: head)
        if body.readableBytes > 0 {
            channel.write(first, promise: nil)
            try await channel.writeAndFlush(body).get()
        } else {
            try await channel.writeAndFlush(first).get()
        }
    }

    /// Closes after what has been written (FIN).
    func close() {
        idling.withLock { $0.stopTimer() }
        channel.close(promise: nil)
    }

    /// Closes with RST: the client sees "connection reset by peer".
    func reset() {
        idling.withLock { $0.stopTimer() }
        guard let socket = channel as? any SocketOptionProvider else { return close() }
        let channel = channel
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Closes when no request has come for so long after that many were answered: the next may have begun already.
    func closeWhenIdle(for duration: Duration, after answered: Int) {
        idling.withLock { [channel] idling in
            guard idling.begun == answered else { return }
            idling.timer = channel.eventLoop.scheduleTask(in: .init(duration)) { channel.close(promise: nil) }
        }
    }

    /// A request begins to come in.
    func requestBegan() {
        idling.withLock { idling in
            idling.begun += 1
            idling.stopTimer()
        }
    }

    func whenClosed(_ action: @escaping @Sendable () -> Void) {
        channel.closeFuture.whenComplete { _ in action() }
    }
}

/// Puts the parts of requests together. Lives on the event loop of its channel.
private final class RequestAssembler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private let continuation: AsyncStream<HTTPRequest>.Continuation
    private var head: (head: HTTPRequestHead, came: ContinuousClock.Instant)?
    private var body: [UInt8] = []

    init(connection: Connection, continuation: AsyncStream<HTTPRequest>.Continuation) {
        self.connection = connection
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            connection.requestBegan()
            self.head = (head, .now)
            body = []
            if head.headers[canonicalForm: "expect"].contains("100-continue") {
                let buffer = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            }
        case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let (head, came) = head else { return }
            let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            continuation.yield(
                HTTPRequest(
                    method: head.method.rawValue,
                    path: parts.first.map(String.init) ?? "/",
                    query: parts.count > 1 ? String(parts[1]) : "",
                    headers: head.headers.map { ($0.name.lowercased(), $0.value) },
                    body: body,
                    keepsAlive: head.isKeepAlive,
                    began: came
                )
            )
            self.head = nil
            body = []
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        continuation.finish()
        if error is HTTPParserError {
            let text = "Invalid HTTP request received."
            let answer = HTTPResponse(
                status: 400,
                contentType: "text/plain; charset=utf-8",
                body: ByteBuffer(string: text)
            )
            var buffer = context.channel.allocator.buffer(string: answer.head(keepsAlive: false))
            buffer.writeImmutableBuffer(answer.body)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        context.close(promise: nil)
    }
}
