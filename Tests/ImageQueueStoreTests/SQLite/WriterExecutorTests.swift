import Foundation
import ImageQueueConcurrency
import Testing

@testable import ImageQueueStore

/// Tasks on the thread that writes.
@Suite(.timeLimit(.minutes(1)))
struct WriterExecutorTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open() async throws -> Database {
        try await Database.open(directory.file("queue.db"), format: .test)
    }

    /// Which thread of the system runs the caller.
    private static var thread: UInt { UInt(bitPattern: pthread_self().hashValue) }

    @Test(
        "A task that prefers it writes and goes on without a change of threads, and is none of the library's code there"
    )
    func sameThread() async throws {
        let database = try await open()
        let writer = try await database.write { _ in Self.thread }
        #expect(Self.thread != writer)
        try await withTaskExecutorPreference(database.executor) {
            #expect(Self.thread == writer)
            for number in 0..<10 {
                try await database.addNote("note \(number)")
                #expect(Self.thread == writer)
                #expect(!LibraryThread.isCurrent, "a task that blocks there would not be noticed")
            }
            let isMarked = try await database.write { _ in LibraryThread.isCurrent }
            #expect(isMarked)
        }
        #expect(Self.thread != writer)
        #expect(try await database.notes().count == 10)
        await database.close()
    }

    @Test("A task that never waits keeps no write waiting")
    func restlessTask() async throws {
        let database = try await open()
        let ends = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: database.executor) {
                while ends.value == 0, !Task.isCancelled { await Task.yield() }
            }
            group.addTask {
                for number in 0..<20 { try await database.addNote("\(number)") }
                ends.add()
            }
            try await group.waitForAll()
        }
        await database.close()
    }

    /// Asks on the writer's thread for the next write as soon as one is done: there is always one that waits.
    private func writeWithoutEnd(_ database: Database, until ends: Counter) {
        database.post(durability: .normal) { connection in
            try connection.execute("INSERT OR REPLACE INTO notes VALUES (1, 'again')")
        } then: { _ in
            if ends.value == 0 { writeWithoutEnd(database, until: ends) }
        }
    }

    @Test("Writes without end keep no task waiting")
    func restlessWrites() async throws {
        let database = try await open()
        let ends = Counter()
        writeWithoutEnd(database, until: ends)
        await withTaskCancellationHandler {
            for _ in 0..<20 { await withTaskExecutorPreference(database.executor) { await Task.yield() } }
        } onCancel: {
            // At the time limit: else the test would never end.
            ends.add()
        }
        ends.add()
        await database.close()
    }

    #if canImport(Glibc) && !THREAD_SANITIZER
    @Test("A task that comes back now and then, after a streak of writes, leaves the thread asleep between")
    func sleeps() async throws {
        // It would look for the next write for 300 µs each time: ten times as much, in every round. A loaded machine makes any
        // thread dear now and then.
        var rounds: [(restful: Duration, afterStreak: Duration)] = []
        repeat {
            rounds.append(try await Self.costs(directory.file("\(rounds.count).db")))
        } while rounds.count < 10
            && !rounds.contains { $0.afterStreak < $0.restful * 3 }
        #expect(rounds.contains { $0.afterStreak < $0.restful * 3 }, "\(rounds)")
    }

    private static func costs(_ path: String) async throws -> (restful: Duration, afterStreak: Duration) {
        let database = try await Database.open(path, format: .test)
        let restful = try await costOfSteps(database)
        for number in 0..<50 { try await database.addNote("\(number)") }
        let afterStreak = try await costOfSteps(database)
        await database.close()
        return (restful, afterStreak)
    }

    /// What the thread uses of a core for a task that comes back 200 times.
    private static func costOfSteps(_ database: Database) async throws -> Duration {
        try await withTaskExecutorPreference(database.executor) {
            let before = processorTime
            for _ in 0..<200 { try await Task.sleep(for: .milliseconds(1)) }
            return processorTime - before
        }
    }

    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    #endif

    @Test("A task that outlasts the file goes on there, and its writes are refused")
    func closed() async throws {
        let database = try await open()
        await withTaskExecutorPreference(database.executor) {
            let before = Self.thread
            await database.close()
            await Task.yield()
            #expect(Self.thread == before)
            #expect(await storeErrorCode { try await database.addNote("late") } == .closed)
            #expect(Self.thread == before)
        }
    }

    #if canImport(Glibc)
    @Test("The thread ends with the last who has the database, closed or not", arguments: [true, false])
    func ends(isClosed: Bool) async throws {
        var database: Database? = try await open()
        let thread = try await database?.write { _ in
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        }
        let path = "/proc/" + (try #require(thread))
        try await withTaskExecutorPreference(database?.executor) { try await database?.addNote("one") }
        if isClosed { await database?.close() }
        #expect(FileManager.default.fileExists(atPath: path))
        database = nil
        while FileManager.default.fileExists(atPath: path) { try await Task.sleep(for: .milliseconds(1)) }
    }
    #endif
}
