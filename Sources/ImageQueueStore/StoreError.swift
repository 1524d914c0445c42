/// What can go wrong between the queue and its files: the database, the lock files and the pictures.
///
/// `code` is the bounded word for programs and metrics, `message` tells a person what is wrong and what to do.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs.
    public let code: Code

    /// What is wrong and what to do about it, for a person. Never holds the data of a job.
    public let message: String

    /// The error below this one, if there is one.
    public let cause: (any Error)?

    /// The word and the message, as a log line shows them.
    public var description: String { "\(code): \(message)" }

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension StoreError {
    /// The kind of a ``StoreError``: one of a bounded set of snake_case words, the only error text that metrics get.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Word: String {
            case cannotOpen = "cannot_open"
            case closed = "closed"
            case constraint = "constraint"
            case corrupt = "corrupt"
            case databaseLocked = "database_locked"
            case databaseMoved = "database_moved"
            case diskFull = "disk_full"
            case foreignDatabase = "foreign_database"
            case interrupted = "interrupted"
            case invalidConfiguration = "invalid_configuration"
            case invalidPath = "invalid_path"
            case ioError = "io_error"
            case newerSchema = "newer_schema"
            case notADatabase = "not_a_database"
            case outOfMemory = "out_of_memory"
            case programError = "program_error"
            case readOnly = "read_only"
            case tooBig = "too_big"
            case workerExists = "worker_exists"
        }

        private let word: Word

        private init(_ word: Word) { self.word = word }

        /// The snake_case word.
        public var description: String { word.rawValue }

        /// A file or directory is missing, of the wrong kind, or not ours to open.
        public static let cannotOpen = Self(.cannotOpen)
        /// The store has been closed.
        public static let closed = Self(.closed)
        /// A rule of the schema was broken: a duplicate, a missing value, a failed check.
        public static let constraint = Self(.constraint)
        /// The database file is damaged.
        public static let corrupt = Self(.corrupt)
        /// Another connection held the database's lock for longer than the busy limit.
        public static let databaseLocked = Self(.databaseLocked)
        /// The database file was deleted, moved or replaced while it was in use,
        /// or is gone while its log is still there.
        public static let databaseMoved = Self(.databaseMoved)
        /// No space (or quota) is left.
        public static let diskFull = Self(.diskFull)
        /// The file is a database of another application.
        public static let foreignDatabase = Self(.foreignDatabase)
        /// The access was interrupted.
        public static let interrupted = Self(.interrupted)
        /// A setting of the configuration is out of its range; nothing was opened.
        public static let invalidConfiguration = Self(.invalidConfiguration)
        /// A name leaves the folder that it must stay in, or cannot be a file name.
        public static let invalidPath = Self(.invalidPath)
        /// The operating system failed to read or write.
        public static let ioError = Self(.ioError)
        /// The file was written by a newer version of this library.
        public static let newerSchema = Self(.newerSchema)
        /// The file is no SQLite database.
        public static let notADatabase = Self(.notADatabase)
        /// Memory ran out.
        public static let outOfMemory = Self(.outOfMemory)
        /// The library asked SQLite for something wrong: a bug worth reporting.
        public static let programError = Self(.programError)
        /// The file or its file system cannot be written.
        public static let readOnly = Self(.readOnly)
        /// A text, a blob or a row is larger than SQLite takes.
        public static let tooBig = Self(.tooBig)
        /// A living worker has this id already.
        public static let workerExists = Self(.workerExists)
    }
}
