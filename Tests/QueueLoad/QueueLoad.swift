import ArgumentParser
import Foundation
import ImageQueueCore
import ImageQueueStore

/// Uses one database flat out for a while, and prints what came of it as one line of JSON.
@main
struct QueueLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue-load",
        abstract: "Submits to a queue, or works on it without drawing, as fast as it can."
    )

    enum Role: String, ExpressibleByArgument, CaseIterable {
        /// Each call submits one job.
        case submit
        /// Each call completes a job and claims the next.
        case work
    }

    @Argument(help: "submit or work.")
    var role: Role

    @Option(help: "The database file.")
    var database: String

    @Option(help: "How long, in seconds.")
    var seconds = 10.0

    @Option(help: "How many callers at once; each worker is one.")
    var callers = 4

    func run() async throws {
        let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: database))
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        let total = try await withThrowingTaskGroup(of: Tally.self) { group in
            for number in 0..<callers {
                group.addTask {
                    switch role {
                    case .submit: await Submitter(store: store, number: number).run(until: end)
                    case .work: try await LoadWorker(store: store, number: number).run(until: end)
                    }
                }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
        await store.close()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(total.report(role.rawValue, seconds: seconds)), as: UTF8.self))
    }
}
