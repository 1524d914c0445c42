import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct WriterTests {
    private struct Refusal: Error {}

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(onCommit: @escaping @Sendable () -> Void = {}) async throws -> Database {
        try await Database.open(
            directory.file("queue.db"),
            format: .test,
            observer: CommitObserver(onCommit: { _ in onCommit() })
        )
    }

    /// Holds the writer in a body until `gate` opens, so that what is asked for meanwhile forms one group.
    private func block(_ database: Database, _ gate: Gate) async throws -> Task<Void, any Error> {
        let isIn = Gate()
        let task = Task {
            try await database.write { _ in
                isIn.open()
                gate.wait()
            }
        }
        try await onThread { isIn.wait() }
        return task
    }

    @Test("A body that fails is undone, and its neighbours of the same group are not")
    func isolation() async throws {
        let commits = Counter()
        let database = try await open { commits.add() }
        let gate = Gate()
        let blocker = try await block(database, gate)
        let before = commits.value
        let outcomes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        try await database.write { connection in
                            try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text("note \(number)"))
                            if number % 5 == 3 { throw Refusal() }
                        }
                        return (number, true)
                    } catch is Refusal {
                        return (number, false)
                    }
                }
            }
            try await database.waitForLine(of: 20)
            gate.open()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        try await blocker.value
        #expect(outcomes.filter { !$0.value }.keys.sorted() == [3, 8, 13, 18])
        let expected = outcomes.filter(\.value).keys.map { "note \($0)" }
        #expect(Set(try await database.notes()) == Set(expected))
        #if !THREAD_SANITIZER
        // They shared commits. How many depends on what fits into the group's time on this machine: under the sanitizer it
        // may be one.
        #expect(commits.value - before < expected.count)
        #endif
        await database.close()
    }

    @Test("A constraint that only one breaks reaches only that one")
    func constraint() async throws {
        let database = try await open()
        try await database.addNote("taken")
        let gate = Gate()
        let blocker = try await block(database, gate)
        async let first: Void = database.addNote("one")
        async let second = storeErrorCode { try await database.addNote("taken") }
        async let third: Void = database.addNote("two")
        try await database.waitForLine(of: 3)
        gate.open()
        try await first
        try await third
        #expect(await second == .constraint)
        try await blocker.value
        #expect(Set(try await database.notes()) == ["taken", "one", "two"])
        await database.close()
    }

    @Test("A part that fails after it has changed something is undone alone, without a savepoint while none does")
    func part() async throws {
        let database = try await open()
        let runs = Counter()
        let optimistic = Counter()
        for fails in [false, true] {
            try await database.write { connection in
                runs.add()
                if connection.isOptimistic { optimistic.add() }
                try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text("before \(fails)"))
                do {
                    try connection.part {
                        try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text("within \(fails)"))
                        if fails { throw Refusal() }
                    }
                } catch is Refusal {}
                try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text("after \(fails)"))
            }
        }
        #expect(
            try await database.notes() == ["before false", "within false", "after false", "before true", "after true"]
        )
        // Both began without savepoints; what failed was run once more with them.
        #expect(optimistic.value == 2)
        #expect(runs.value == 3)
        await database.close()
    }

    @Test("A part that fails reaches none of the group's others")
    func partBetweenOthers() async throws {
        let database = try await open()
        let gate = Gate()
        let blocker = try await block(database, gate)
        async let first: Void = database.addNote("one")
        async let second: Void = database.write { connection in
            try connection.execute("INSERT INTO notes (text) VALUES (?1)", "two")
            do {
                try connection.part {
                    try connection.execute("INSERT INTO notes (text) VALUES (?1)", "part of two")
                    throw Refusal()
                }
            } catch is Refusal {}
        }
        async let third: Void = database.addNote("three")
        try await database.waitForLine(of: 3)
        gate.open()
        _ = try await (first, second, third)
        try await blocker.value
        #expect(Set(try await database.notes()) == ["one", "two", "three"])
        await database.close()
    }

    @Test("A part that is refused before it has changed anything costs no second run")
    func refusedPart() async throws {
        let database = try await open()
        let runs = Counter()
        try await database.write { connection in
            runs.add()
            try connection.execute("INSERT INTO notes (text) VALUES (?1)", "before")
            do {
                try connection.part { throw Refusal() }
            } catch is Refusal {}
        }
        #expect(try await database.notes() == ["before"])
        #expect(runs.value == 1)
        await database.close()
    }

    @Test("When COMMIT fails nothing of the group stands, and each gets its own outcome")
    func commitFails() async throws {
        let database = try await open()
        let gate = Gate()
        let blocker = try await block(database, gate)
        let outcomes = await withTaskGroup(of: (Int, StoreError.Code?).self) { group in
            for number in 0..<8 {
                group.addTask {
                    let code = await storeErrorCode {
                        try await database.write { connection in
                            try connection.execute("INSERT INTO notes (text) VALUES (?1)", .text("note \(number)"))
                            // Checked at COMMIT.
                            if number == 5 { try connection.execute("INSERT INTO links VALUES (4711)") }
                        }
                    }
                    return (number, code)
                }
            }
            try? await database.waitForLine(of: 8)
            gate.open()
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        try await blocker.value
        #expect(outcomes.compactMapValues { $0 } == [5: .constraint])
        #expect(Set(try await database.notes()) == Set((0..<8).filter { $0 != 5 }.map { "note \($0)" }))
        await database.close()
    }

    @Test("A full disk: who was told success has his row, the others have none")
    func full() async throws {
        let database = try await open()
        try await database.write { connection in
            let pages = try connection.first("PRAGMA page_count") { row in try row.int(0) } ?? 0
            try connection.script("PRAGMA max_page_count = \(pages + 12)")
        }
        let padding = String(repeating: "x", count: 2_000)
        let succeeded = await withTaskGroup(of: (Int, StoreError.Code?).self) { group in
            for number in 0..<64 {
                group.addTask {
                    (number, await storeErrorCode { try await database.addNote("\(number) " + padding) })
                }
            }
            var succeeded: Set<Int> = []
            for await (number, code) in group {
                if code == nil { succeeded.insert(number) } else { #expect(code == .diskFull) }
            }
            return succeeded
        }
        let stored = try await database.notes().compactMap { Int($0.prefix { $0 != " " }) }
        #expect(Set(stored) == succeeded)
        #expect(stored.count == succeeded.count)
        #expect(!succeeded.isEmpty && succeeded.count < 64)
        // And the writer goes on where there is room.
        try await database.write { connection in
            try connection.script("PRAGMA max_page_count = 1000000")
        }
        try await database.addNote("after")
        await database.close()
    }

    @Test("A swallowed error that ended the transaction counts for the one who swallowed it")
    func swallowed() async throws {
        let database = try await open()
        try await database.addNote("taken")
        let gate = Gate()
        let blocker = try await block(database, gate)
        async let neighbour: Void = database.addNote("neighbour")
        async let careless = storeErrorCode {
            try await database.write { connection in
                // OR ROLLBACK ends the whole transaction.
                _ = try? connection.execute("INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')")
                // Outside a transaction this would be stored at once.
                _ = try? connection.execute("INSERT INTO notes (text) VALUES ('stray')")
            }
        }
        try await database.waitForLine(of: 2)
        gate.open()
        try await neighbour
        #expect(await careless == .programError)
        try await blocker.value
        #expect(Set(try await database.notes()) == ["taken", "neighbour"])
        await database.close()
    }

    @Test(
        "A body can't begin or end the transaction it shares",
        arguments: ["COMMIT", " /**/ rollback", "BEGIN", "SAVEPOINT a"]
    )
    func control(sql: String) async throws {
        let database = try await open()
        let code = await storeErrorCode { _ = try await database.write { try $0.execute(SQL(sql)) } }
        #expect(code == .programError)
        try await database.addNote("after")
        await database.close()
    }

    @Test("Nobody is answered, and no bell rings, before the commit can be read")
    func answers() async throws {
        let path = directory.file("queue.db")
        let seen = Counter()
        let observer = CommitObserver(onCommit: { _ in
            // On the writer's thread, through a connection of its own.
            guard let other = try? scratchConnection(path) else { return }
            seen.set((try? other.first("SELECT count(*) FROM notes") { row in try row.int(0) }) ?? -1)
        })
        let database = try await Database.open(path, format: .test, observer: observer)
        for number in 1...20 {
            try await database.addNote("note \(number)")
            #expect(seen.value == number)
            #expect(try await database.notes().count == number)
        }
        await database.close()
    }

    @Test("A write that changes nothing rings no bell")
    func unchanged() async throws {
        let commits = Counter()
        let database = try await open { commits.add() }
        try await database.addNote("one")
        let before = commits.value
        try await database.write { try $0.execute("UPDATE notes SET text = 'x' WHERE id = 99") }
        _ = try? await database.write { _ in throw Refusal() }
        #expect(commits.value == before)
        await database.close()
    }

    @Test("Lower durability is for those who asked for it alone")
    func durability() async throws {
        let database = try await open()
        let level: @Sendable (Connection) throws -> Int = { connection in
            try connection.first("PRAGMA synchronous") { row in try row.int(0) } ?? -1
        }
        #expect(try await database.write(durability: .normal, level) == 1)
        #expect(try await database.write(durability: .full, level) == 2)
        let gate = Gate()
        let blocker = try await block(database, gate)
        async let low = database.write(durability: .normal, level)
        async let high = database.write(durability: .full, level)
        try await database.waitForLine(of: 2)
        gate.open()
        #expect(try await high == 2)
        // It rode along.
        #expect(try await low == 2)
        try await blocker.value
        await database.close()
    }

    @Test("Close carries out what was asked for, and is idempotent; later calls are refused")
    func close() async throws {
        let database = try await open()
        let gate = Gate()
        let blocker = try await block(database, gate)
        async let pending: Void = database.addNote("pending")
        try await database.waitForLine(of: 1)
        async let firstClose: Void = database.close()
        async let secondClose: Void = database.close()
        gate.open()
        try await pending
        try await blocker.value
        _ = await (firstClose, secondClose)
        await database.close()
        #expect(await storeErrorCode { try await database.addNote("late") } == .closed)
        #expect(await storeErrorCode { _ = try await database.notes() } == .closed)
        #expect(!FileManager.default.fileExists(atPath: directory.file("queue.db-wal")))
        let again = try await open()
        #expect(try await again.notes() == ["pending"])
        await again.close()
    }

    @Test("A thousand writers at once lose nothing, and what one caller writes stays in his order")
    func many() async throws {
        let database = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    for number in 0..<20 { try await database.addNote("\(caller)-\(number)") }
                }
            }
            try await group.waitForAll()
        }
        let notes = try await database.notes()
        #expect(notes.count == 1_000)
        for caller in 0..<50 {
            let numbers = notes.filter { $0.hasPrefix("\(caller)-") }
            #expect(numbers == (0..<20).map { "\(caller)-\($0)" })
        }
        await database.close()
    }
}

/// A number that threads share.
final class Counter: Sendable {
    private let number = Monitor(0)

    var value: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
    func set(_ value: Int) { number.withLock { $0 = value } }
}
