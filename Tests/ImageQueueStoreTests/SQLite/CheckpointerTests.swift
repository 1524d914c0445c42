import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct CheckpointerTests {
    @Test("The WAL stays bounded under writers that never rest")
    func bounded() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("queue.db")
        var configuration = Database.Configuration()
        configuration.checkpoints.threshold = 20
        configuration.checkpoints.bound = 200
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
