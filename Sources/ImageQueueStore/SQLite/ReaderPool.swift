/// Read-only connections, each on a thread of its own, each read at one moment of the database.
///
/// A reader is opened when it is first needed. A file in WAL mode without its `-shm` file is no obstacle: SQLite makes one,
/// also for a read-only connection, as long as the directory can be written.
final class ReaderPool: Sendable {
    private let path: String
    private let threads: ThreadPool<Connection>

    /// - Parameters:
    ///   - path: absolute.
    ///   - size: how many read at once; others wait in the order they came.
    init(path: String, size: Int = 3, busyLimit: Duration = .seconds(10)) {
        self.path = path
        threads = ThreadPool(
            name: "imagequeue-read",
            size: size,
            make: {
                var configuration = ConnectionConfiguration(access: .readOnly)
                configuration.busyLimit = busyLimit
                let connection = try Connection(path: path, configuration: configuration)
                try connection.configure(configuration)
                return connection
            },
            interrupt: { connection in
                let interruption = connection.interruption
                interruption.isWanted = false
                return { interruption.isWanted = true }
            }
        )
    }

    /// Runs `body` in a read transaction. A cancelled caller's read is interrupted, and throws `CancellationError`.
    ///
    /// - Throws: what `body` throws; ``StoreError`` for what SQLite refuses, and `closed`.
    @discardableResult
    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        do {
            return try await threads.run { connection in
                try connection.snapshot { try body(connection) }
            }
        } catch ResultCode.interrupt where Task.isCancelled {
            throw CancellationError()
        } catch {
            throw StoreError.wrapping(error, path: path)
        }
    }

    /// Serves what was asked for before, then closes the connections. Idempotent.
    func close() async {
        await threads.close()
    }
}
