import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct WorkerLockTests {
    private let directory: TemporaryDirectory
    private let database: String

    init() throws {
        directory = try TemporaryDirectory()
        database = directory.file("queue.db")
    }

    @Test("A worker lives as long as it holds its lock")
    func lives() async throws {
        try await onThread { [database] in
            #expect(try WorkerLock.life(of: "w1", database: database) == .isDead)
            let lock = try WorkerLock(workerID: "w1", database: database)
            for _ in 0..<3 { #expect(try WorkerLock.life(of: "w1", database: database) == .lives) }
            #expect(try WorkerLock.life(of: "w2", database: database) == .isDead)
            let error = #expect(throws: StoreError.self) { try WorkerLock(workerID: "w1", database: database) }
            #expect(error?.code == .workerExists)
            lock.release()
            lock.release()
            #expect(try WorkerLock.life(of: "w1", database: database) == .isDead)
            let again = try WorkerLock(workerID: "w1", database: database)
            #expect(try WorkerLock.life(of: "w1", database: database) == .lives)
            again.release()
        }
        #expect(try permissions(database + "-workers") == 0o700)
        #expect(try directory.contents().keys.sorted() == ["queue.db-workers"])
    }

    @Test("Of a file that may not be opened nothing is known")
    func unknown() async throws {
        let lock = database + "-workers/theirs.lock"
        try FileManager.default.createDirectory(atPath: database + "-workers", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: "/nowhere")
        let life = try await onThread { [database] in try WorkerLock.life(of: "theirs", database: database) }
        #expect(life == .unknown)
    }

    #if os(Linux)
    @Test("SIGKILL frees the lock; what is left is removed, and no living worker's file with it")
    func killed() async throws {
        let database = database
        let child = Process()
        let held = directory.file("queue.db-workers/child.lock")
        try FileManager.default.createDirectory(atPath: database + "-workers", withIntermediateDirectories: true)
        child.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        // Without a fork the one process that holds the lock is the one that is killed.
        child.arguments = ["--no-fork", "-x", held, "sleep", "30"]
        try child.run()
        try await onThread {
            while try WorkerLock.life(of: "child", database: database) == .isDead { usleep(1_000) }
            #expect(try WorkerLock.removeDead(database: database).isEmpty)
        }
        kill(child.processIdentifier, SIGKILL)
        try await onThread {
            child.waitUntilExit()
            #expect(try WorkerLock.life(of: "child", database: database) == .isDead)
            let living = try WorkerLock(workerID: "living", database: database)
            #expect(try WorkerLock.removeDead(database: database) == ["child"])
            #expect(try WorkerLock.life(of: "living", database: database) == .lives)
            living.release()
        }
        #expect(!FileManager.default.fileExists(atPath: held))
    }
    #endif

    @Test("Those who look and those who clean up don't hurt those who begin")
    func together() async throws {
        let database = database
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await onThread {
                        for _ in 0..<100 {
                            let lock = try WorkerLock(workerID: "w\(number)", database: database)
                            #expect(try WorkerLock.life(of: "w\(number)", database: database) == .lives)
                            lock.release()
                        }
                    }
                }
                group.addTask {
                    try await onThread {
                        for _ in 0..<100 {
                            _ = try WorkerLock.life(of: "w\(number)", database: database)
                            try WorkerLock.removeDead(database: database)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "A worker's id is a file's name",
        arguments: ["", ".", "..", "../x", "a/b", "a\0", "ç", ".hidden", String(repeating: "a", count: 129)]
    )
    func names(id: String) async throws {
        try await onThread { [database] in
            let error = #expect(throws: StoreError.self) { try WorkerLock(workerID: id, database: database) }
            #expect(error?.code == .invalidPath)
        }
    }

    @Test("The clock of the boot goes on, and knows its boot")
    func bootClock() throws {
        let (first, second) = (BootClock.now, BootClock.now)
        #expect(first.boot == second.boot)
        #expect(first.milliseconds > 0 && second.milliseconds >= first.milliseconds)
        #if os(Linux)
        #expect(first.boot.count == 36)
        #endif
    }
}
