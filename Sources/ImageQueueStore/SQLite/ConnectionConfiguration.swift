/// How a connection is opened.
struct ConnectionConfiguration: Sendable {
    enum Access: Sendable {
        /// Never writes: opened read-only, and `query_only` besides.
        case readOnly
        /// Writes an existing file.
        case readWrite
    }

    var access: Access
    /// How long a statement waits for another connection's lock before it fails.
    var busyLimit: Duration = .seconds(10)
    /// Prepared statements kept.
    var statementCapacity = 128
    /// Memory for pages of the file.
    var cacheKibibytes = 8_192
    /// What a WAL file is cut down to when it starts anew.
    var walKeptBytes = 16 << 20
    /// What a commit really gets at most. Less than `full` breaks promises: only a test that must be able to fail asks for
    /// it.
    var strongestDurability = Durability.full
}

/// What a caller is promised when its write returns.
enum Durability: Int, Sendable, Comparable {
    /// Survives the death of the process. A power cut may take the last moments (`synchronous=NORMAL`).
    case normal = 1
    /// Survives a power cut (`synchronous=FULL`).
    case full = 2

    static func < (left: Durability, right: Durability) -> Bool { left.rawValue < right.rawValue }
}
