/// Answers over real HTTP on the loopback with what was recorded elsewhere, byte for byte: a client and its HTTP
/// library meet exactly what a real Forge sent.
///
///     try await RecordedForge.withServer { request in
///         request.path == "/sdapi/v1/txt2img" ? recorded : nil
///     } body: { port in
///         …
///     }
///
/// Unlike ``ForgeSimulator`` it has no state and no rule of its own.
public struct RecordedForge: Sendable {
    /// A request that reached it.
    public struct Request: Sendable, Hashable {
        /// "GET", "POST" …
        public var method: String
        /// The path without the query.
        public var path: String
        /// The body as it came.
        public var body: [UInt8]
    }

    /// Serves while `body` runs, then closes everything.
    /// - Parameters:
    ///   - answer: the answer to a request; `nil` drops the connection without one. Called from any thread.
    ///   - body: gets the port of 127.0.0.1 at which it listens.
    /// - Returns: What `body` returns.
    /// - Throws: what `body` throws; an error of NIO if no port can be bound.
    public static func withServer<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        answer: @escaping @Sendable (Request) -> RecordedAnswer?,
        body: (Int) async throws -> Result
    ) async throws -> Result {
        let register = ConnectionRegister()
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0) { register.add($0) }
        return try await withThrowingTaskGroup(of: Void.self, isolation: isolation) { group in
            defer {
                listener.close()
                register.resetAll()
            }
            group.addTask {
                await withDiscardingTaskGroup { connections in
                    for await connection in listener.connections {
                        connections.addTask { await serve(connection, answer) }
                    }
                }
            }
            let result = try await body(listener.port)
            listener.close()
            register.resetAll()
            try await group.waitForAll()
            return result
        }
    }

    private static func serve(
        _ connection: Connection,
        _ answer: @Sendable (Request) -> RecordedAnswer?
    ) async {
        for await request in connection.requests {
            let asked = Request(method: request.method, path: request.path, body: request.body)
            guard let answer = answer(asked) else { return connection.reset() }
            do {
                try await connection.write(answer.head)
                var rest = answer.body[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(max(1, answer.pieceSize ?? rest.count))
                    try await connection.write(Array(piece))
                    rest = rest.dropFirst(piece.count)
                }
            } catch {
                break
            }
            guard request.keepsAlive, !answer.endsConnection else { break }
        }
        connection.close()
    }
}
