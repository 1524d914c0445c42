/// Read-only connections, each on a thread of its own, each read at one moment of the database.
///
/// A reader is opened when it is first needed. A file in WAL mode without its `-shm` file is no obstacle: SQLite makes one,
/// also for a read-only connection, as long as the directory can be written.
final class ReaderPool: Sendable {
    private let anchor: Anchor
    private let threads: ThreadPool<Connection>

    /// - Parameters:
    ///   - anchor: the file.
    ///   - size: how many read at once; others wait in the order they came.
    init(_ anchor: Anchor, size: Int = 3, busyLimit: Duration = .seconds(10)) {
        self.anchor = anchor
        threads = ThreadPool(
            name: "imagequeue-read",
            size: size,
            make: {
                var configuration = ConnectionConfiguration(access: .readOnly)
                configuration.busyLimit = busyLimit
                return try anchor.open(configuration)
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
            throw StoreError.wrapping(error, path: anchor.path)
        }
    }

    /// Serves what was asked for before, then closes the connections. Idempotent.
    func close() async {
        await threads.close()
    }
}
