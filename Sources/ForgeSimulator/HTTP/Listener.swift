internal import ImageQueueConcurrency
internal import NIOCore
internal import NIOPosix

/// A bound port and the connections that came in through it.
final class Listener: Sendable {
    let connections: AsyncStream<Connection>
    let port: Int
    private let channel: any Channel

    private init(channel: any Channel, port: Int, connections: AsyncStream<Connection>) {
        self.channel = channel
        self.port = port
        self.connections = connections
    }

    /// Binds. Connections are handed to `register` at once, so that nobody's is lost if nobody serves it.
    static func bind(
        host: String,
        port: Int,
        register: @escaping @Sendable (Connection) -> Void
    ) async throws -> Listener {
        let (stream, continuation) = AsyncStream.makeStream(of: Connection.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = try Connection.wrap(channel)
                    register(connection)
                    continuation.yield(connection)
                }
            }
            .bind(host: host, port: port).get()
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        return Listener(channel: channel, port: channel.localAddress?.port ?? port, connections: stream)
    }

    /// Refuses connections from now on; those that are open go on.
    func close() { channel.close(promise: nil) }

    /// Returns once the port is free.
    func waitUntilClosed() async { try? await channel.closeFuture.get() }
}
