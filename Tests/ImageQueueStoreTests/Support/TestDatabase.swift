@testable import ImageQueueStore

extension DatabaseFormat {
    /// Two small tables: one plain, one whose foreign key is checked at COMMIT.
    static let test = DatabaseFormat(migrations: [
        Migration(version: 1) { connection in
            try connection.script(
                """
                CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
                CREATE TABLE links (
                    note INTEGER NOT NULL REFERENCES notes(id) DEFERRABLE INITIALLY DEFERRED
                ) STRICT;
                """
            )
        }
    ])
}

extension Database {
    func addNote(_ text: String) async throws {
        try await write { try $0.execute("INSERT INTO notes (text) VALUES (?1)", .text(text)) }
    }

    func notes() async throws -> [String] {
        try await read { connection in
            try connection.query("SELECT text FROM notes ORDER BY id") { row in try row.text(0) }
        }
    }
}

/// A connection to a file of no bytes, on the calling thread of the library, without the library's set-up.
func scratchConnection(_ path: String, busyLimit: Duration = .seconds(10), statements: Int = 128) throws -> Connection {
    if try fileStatus(path) == nil { try FileDescriptor.createEmpty(path) }
    var configuration = ConnectionConfiguration(access: .readWrite)
    configuration.busyLimit = busyLimit
    configuration.statementCapacity = statements
    let connection = try Connection(path: path, configuration: configuration)
    try connection.configure(configuration)
    return connection
}

extension Database {
    /// Until `count` writes wait: a condition, not a span.
    func waitForLine(of count: Int) async throws {
        while waitingWrites < count { try await Task.sleep(for: .microseconds(100)) }
    }
}
