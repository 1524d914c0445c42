import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct CheckpointerTests {
    /// What is committed to a WAL that only grows costs four times as much (see ``WALBound``).
    @Test("The WAL is begun anew under writers that never rest, long before they must wait for readers")
    func isBegunAnew() async throws {
        try await expectShortWAL(Checkpointer.Limits(threshold: 20, bound: 1_000_000))
    }

    @Test("Beyond the bound a writer does what the checkpointer didn't")
    func bounded() async throws {
        try await expectShortWAL(Checkpointer.Limits(threshold: 200, bound: 200))
    }

    private func expectShortWAL(_ limits: Checkpointer.Limits) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        var configuration = Database.Configuration()
        configuration.checkpoints = limits
        let database = try await Database.open(path, format: .test, configuration: configuration)
        let padding = String(repeating: "x", count: 3_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<4 {
                group.addTask {
                    for number in 0..<500 { try await database.addNote("\(caller) \(number) \(padding)") }
                }
            }
            try await group.waitForAll()
        }
        let pages = (try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0) / 4_120
        // 2,000 notes are some 4,000 pages of WAL.
        #expect(pages < 2_000)
        await database.close()
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }
}
