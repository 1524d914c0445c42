import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @discardableResult
    private func withConnection<Value: Sendable>(
        statements: Int = 128,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        let path = directory.file("a.db")
        return try await onThread { try body(try scratchConnection(path, statements: statements)) }
    }

    @Test("Locks of the log that can't be had are told as a lock that is held, not as a fault of ours")
    func heldLog() {
        let error = StoreError(DatabaseError(.protocol, "locking protocol"), path: "/queue.db")
        #expect(error.code == .databaseLocked)
    }

    @Test("A value comes back as it was bound")
    func roundTrip() async throws {
        try await withConnection { connection in
            try connection.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, n TEXT)")
            let text = "a\0b çığ 🐈\0"
            let blob: [UInt8] = [0, 1, 255, 0]
            try connection.execute(
                "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)",
                .integer(.min),
                .real(0.1),
                .text(text),
                .blob(blob),
                .null
            )
            let found = try connection.first("SELECT i, r, s, b, n, length(b) FROM t") { row in
                #expect(try row.integer(0) == .min)
                #expect(try row.real(1) == 0.1)
                #expect(try row.text(2) == text)
                #expect(try row.blob(3) == blob)
                #expect(try row.optionalText(4) == nil)
                #expect(try row.optionalInteger(4) == nil)
                return try row.int(5)
            }
            #expect(found == 4)
        }
    }

    @Test("An empty text and an empty blob are not NULL")
    func empties() async throws {
        try await withConnection { connection in
            let kinds = try connection.first("SELECT typeof(?1), typeof(?2), ?1, ?2", .text(""), .blob([])) { row in
                #expect(try row.text(2).isEmpty)
                #expect(try row.blob(3).isEmpty)
                return [try row.text(0), try row.text(1)]
            }
            #expect(kinds == ["text", "blob"])
        }
    }

    @Test("A wrong number of arguments is an error", arguments: [0, 1, 3])
    func arity(count: Int) async throws {
        try await withConnection { connection in
            let arguments = [Value](repeating: .integer(1), count: count)
            let error = #expect(throws: DatabaseError.self) {
                try connection.execute("SELECT ?1, ?2", arguments: arguments)
            }
            #expect(error?.code == .range)
            #expect(error?.message.contains("takes 2 arguments, \(count) were given") == true)
        }
    }

    @Test("A column of another type is an error, and so is one that isn't there")
    func columnTypes() async throws {
        try await withConnection { connection in
            let sql: SQL = "SELECT 1 AS one, 'text', NULL, x'00', 1.5"
            let wrong: [@Sendable (borrowing Row) throws -> Void] = [
                { row in _ = try row.text(0) }, { row in _ = try row.integer(1) }, { row in _ = try row.integer(2) },
                { row in _ = try row.text(3) }, { row in _ = try row.integer(4) }, { row in _ = try row.real(0) },
                { row in _ = try row.blob(1) },
            ]
            for read in wrong {
                let error = #expect(throws: DatabaseError.self) {
                    _ = try connection.first(sql) { row in try read(row) }
                }
                #expect(error?.code == .mismatch)
            }
            for column in [-1, 5] {
                let error = #expect(throws: DatabaseError.self) {
                    _ = try connection.first(sql) { row in try row.optionalInteger(column) }
                }
                #expect(error?.code == .range)
            }
        }
    }

    @Test(
        "One SQL is one statement",
        arguments: [
            "SELECT 1; SELECT 2", "SELECT 1;; DROP TABLE t", "SELECT 1; nonsense", "", "  -- nothing", "SELECT 1\0; x",
        ]
    )
    func trailing(text: String) async throws {
        try await withConnection { connection in
            #expect(throws: DatabaseError.self) { try connection.execute(SQL(text)) }
        }
    }

    @Test(
        "Blanks and comments may follow",
        arguments: ["SELECT 1;", "SELECT 1; -- done\n", "SELECT 1 /* a */ ; /* b */ "]
    )
    func comments(text: String) async throws {
        try await withConnection { connection in
            try connection.execute(SQL(text))
        }
    }

    @Test("The error has the extended code and the SQL, and never the arguments")
    func errors() async throws {
        try await withConnection { connection in
            try connection.execute("CREATE TABLE t (a TEXT UNIQUE)")
            try connection.execute("INSERT INTO t VALUES (?1)", .text("secret"))
            let error = #expect(throws: DatabaseError.self) {
                try connection.execute("INSERT INTO t VALUES (?1)", .text("secret"))
            }
            #expect(error?.code == .constraintUnique)
            #expect(error.map { ResultCode.constraint ~= $0.code } == true)
            #expect(error.map { ResultCode.constraintPrimaryKey ~= $0.code } == false)
            #expect(error?.sql == "INSERT INTO t VALUES (?1)")
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test("The statement used longest ago leaves the cache")
    func eviction() async throws {
        try await withConnection(statements: 3) { connection in
            let (one, two, three): (SQL, SQL, SQL) = ("SELECT 1", "SELECT 2", "SELECT 3")
            for sql in [one, two, three, one] { try connection.execute(sql) }
            try connection.execute("SELECT 4")
            #expect(connection.cachedStatementCount == 3)
            #expect(connection.isCached(one))
            #expect(!connection.isCached(two))
            #expect(connection.isCached(three))
            // SQL of run time is found by its text.
            for _ in 0..<2 { try connection.execute(SQL(String(repeating: " ", count: 2) + "SELECT 5")) }
            #expect(connection.cachedStatementCount == 3)
        }
    }

    @Test("A statement in use is not used twice")
    func nesting() async throws {
        try await withConnection { connection in
            let sql: SQL = "SELECT value FROM json_each('[1,2,3]')"
            var pairs: [[Int]] = []
            try connection.forEach(sql) { outer in
                let number = try outer.int(0)
                pairs += try connection.query(sql) { inner in [number, try inner.int(0)] }
                return true
            }
            #expect(pairs.count == 9)
            #expect(connection.cachedStatementCount == 1)
        }
    }

    @Test("Texts stay what they were bound as, however long, while other statements run within and fail")
    func lentTexts() async throws {
        try await withConnection { connection in
            func text(_ number: Int) -> String { String(repeating: "\(number) kedi çiz ", count: number * number + 1) }
            let sql: SQL = "SELECT ?1 || value, ?2 FROM json_each('[1,2,3]')"
            // From some words to more than all the memory that is lent.
            for number in [0, 1, 40, 60, 200] {
                var rows = 0
                try connection.forEach(sql, .text(text(number)), .text(text(number + 1))) { outer in
                    let inner = try connection.first("SELECT ?1, ?2", .text(text(number + 2)), .text("")) {
                        [try $0.text(0), try $0.text(1)]
                    }
                    #expect(inner == [text(number + 2), ""])
                    #expect(throws: DatabaseError.self) {
                        try connection.first("SELECT json(?1), ?2", .text("x" + text(number)), .text("y")) { _ in true }
                    }
                    rows += 1
                    #expect(try outer.text(0) == text(number) + "\(rows)")
                    #expect(try outer.text(1) == text(number + 1))
                    return true
                }
                #expect(rows == 3)
            }
            #expect(connection.lentBytes == 0)
        }
    }

    @Test("The file's safety switches are on")
    func switches() async throws {
        try await withConnection { connection in
            #expect(throws: DatabaseError.self) { try connection.execute("SELECT \"no such column\"") }
            #expect(try connection.first("PRAGMA foreign_keys") { row in try row.int(0) } == 1)
            #expect(try connection.first("PRAGMA temp_store") { row in try row.int(0) } == 2)
            #expect(try connection.first("PRAGMA synchronous") { row in try row.int(0) } == 2)
            // SQLITE_DBCONFIG_DEFENSIVE: "The PRAGMA writable_schema=ON statement" does nothing.
            try connection.script("PRAGMA writable_schema = ON")
            #expect(throws: DatabaseError.self) { try connection.execute("DELETE FROM sqlite_schema") }
        }
    }

    @Test("A name is a file, whatever it looks like", arguments: [":memory:", "file:a.db?mode=memory", "ç ?%20#.db"])
    func names(name: String) async throws {
        let path = directory.file(name)
        try await onThread {
            let connection = try scratchConnection(path)
            try connection.execute("CREATE TABLE t (a)")
        }
        #expect(try directory.contents()[name]?.isEmpty == false)
    }

    @Test("The busy handler waits for another connection's lock, and gives up at its limit")
    func busy() async throws {
        let path = directory.file("busy.db")
        let (hasLock, release) = (Gate(), Gate())
        try await onThread { try scratchConnection(path).execute("CREATE TABLE t (a)") }
        async let holder: Void = onThread {
            let connection = try scratchConnection(path)
            try connection.transaction {
                hasLock.open()
                release.wait()
                try connection.execute("INSERT INTO t VALUES (1)")
            }
        }
        let rows = try await onThread {
            hasLock.wait()
            let limit = Duration.seconds(2)
            let impatient = try scratchConnection(path, busyLimit: limit)
            let began = MonotonicTime.now
            let error = #expect(throws: DatabaseError.self) { try impatient.begin() }
            #expect(error.map { ResultCode.busy ~= $0.code } == true)
            #expect(began.elapsed >= limit)
            #expect(began.elapsed < limit * 1.9, "it is not waited for twice")
            release.open()
            let patient = try scratchConnection(path)
            return try patient.transaction {
                try patient.execute("INSERT INTO t VALUES (2)")
                return try patient.first("SELECT count(*) FROM t") { row in try row.int(0) }
            }
        }
        try await holder
        #expect(rows == 2)
    }

    @Test("A large value is not written once more as it is removed")
    func deletes() async throws {
        try await withConnection { connection in
            try connection.script(
                """
                PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(4000000));
                PRAGMA wal_checkpoint(TRUNCATE);
                """
            )
            try connection.transaction { _ = try connection.execute("DELETE FROM t") }
            #expect(connection.walPages < 20)
        }
    }

    @Test("A savepoint keeps what it returns with, and undoes what it throws with")
    func savepoints() async throws {
        struct Refusal: Error {}
        try await withConnection { connection in
            try connection.execute("CREATE TABLE t (a)")
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (1)")
                #expect(throws: Refusal.self) {
                    try connection.savepoint {
                        try connection.execute("INSERT INTO t VALUES (2)")
                        throw Refusal()
                    }
                }
                try connection.savepoint { _ = try connection.execute("INSERT INTO t VALUES (3)") }
            }
            #expect(try connection.query("SELECT a FROM t") { row in try row.int(0) } == [1, 3])
        }
    }
}
