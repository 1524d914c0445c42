import CSQLite

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
                let target = InterruptTarget(handle: connection.handle)
                return { sqlite3_interrupt(target.handle) }
            }
        )
    }

    /// Runs `body` in a read transaction. A cancelled caller's read is interrupted, and throws `CancellationError`.
    ///
    /// - Throws: what `body` throws; ``StoreError`` for what SQLite refuses, and `closed`.
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

    /// @unchecked: "It is safe to call this routine from a thread different from the thread that is currently running the
    /// database operation", while the connection is open, which ``ThreadPool`` sees to.
    private struct InterruptTarget: @unchecked Sendable {
        let handle: OpaquePointer
    }
}
