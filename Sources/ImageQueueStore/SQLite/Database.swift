/// The database as the store uses it: one writer, a few readers, checkpoints beside them.
final class Database: Sendable {
    /// How it is opened.
    struct Configuration: Sendable {
        /// How long a statement waits for the lock of another process.
        var busyLimit = Duration.seconds(10)
        /// The writer's memory for pages of the file.
        var cacheKibibytes = 8_192
        /// How many reads run at once.
        var readers = 3
        /// Prepared statements that each connection keeps.
        var statementCapacity = 128
        var checkpoints = Checkpointer.Limits()
        /// What a writer gets at most. Less than `full` breaks promises: only a test that must be able to fail asks for it.
        var strongestDurability = Durability.full
    }

    let anchor: Anchor
    private let writer: Writer
    private let readers: ReaderPool
    private let checkpointer: Checkpointer

    private init(
        anchor: Anchor,
        writer: Writer,
        readers: ReaderPool,
        checkpointer: Checkpointer
    ) {
        self.anchor = anchor
        self.writer = writer
        self.readers = readers
        self.checkpointer = checkpointer
    }

    /// Opens the file, creates it where it is missing, and brings it to the newest schema.
    ///
    /// - Parameter observer: told of this process's commits.
    /// - Throws: ``StoreError``. What isn't ours is left as it was.
    static func open(
        _ path: String,
        format: DatabaseFormat,
        configuration: Configuration = Configuration(),
        observer: CommitObserver = CommitObserver()
    ) async throws -> Database {
        let anchor = Anchor(path: try Path.withoutLinks(try Path.absolute(path)))
        let checkpointer = try Checkpointer(anchor, limits: configuration.checkpoints)
        let writer = try await Writer.start(
            checkpointer: checkpointer,
            observer: observer
        ) {
            try requireLibrary()
            var connection = ConnectionConfiguration(access: .readWrite)
            connection.busyLimit = configuration.busyLimit
            connection.cacheKibibytes = configuration.cacheKibibytes
            connection.statementCapacity = configuration.statementCapacity
            connection.strongestDurability = configuration.strongestDurability
            return try DatabaseFile(path: anchor.path, format: format, configuration: connection).open(holding: anchor)
        }
        let readers = ReaderPool(anchor, size: configuration.readers, busyLimit: configuration.busyLimit)
        return Database(
            anchor: anchor,
            writer: writer,
            readers: readers,
            checkpointer: checkpointer
        )
    }

    /// Absolute, and without links.
    var path: String { anchor.path }

    /// Where tasks change threads neither to write nor to go on.
    var executor: any TaskExecutor { writer }

    /// ``Writer/write(durability:_:)``.
    @discardableResult
    func write<Value: Sendable>(
        durability: Durability = .full,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await writer.write(durability: durability, body)
    }

    /// ``Writer/post(durability:_:then:)``.
    func post(
        durability: Durability,
        _ body: @escaping @Sendable (Connection) throws -> Void,
        then: @escaping @Sendable ((any Error)?) -> Void
    ) {
        writer.post(durability: durability, body, then: then)
    }

    /// ``ReaderPool/read(_:)``.
    @discardableResult
    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await readers.read(body)
    }

    /// How many writes wait for the next group.
    var waitingWrites: Int { writer.waitingCount }

    /// Ends all reads and writes that were asked for, then closes the file. Idempotent; later calls throw `closed`.
    func close() async {
        // The writer last: the last connection of all moves the WAL into the file and removes it.
        await readers.close()
        await checkpointer.close()
        await writer.close()
    }
}
