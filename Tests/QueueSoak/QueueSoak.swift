import ArgumentParser
import ForgeClient
import Foundation
import ImageQueueCore
import ImageQueueStore
import Logging

/// Submits, draws and cancels at random against a Forge that misbehaves, as a host would: in one process with the worker.
/// Prints what it saw as one line of JSON; a job that doesn't end makes it leave with 3.
@main
struct QueueSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue-soak",
        abstract: "Draws many jobs on a Forge that misbehaves, and tells what became of them."
    )

    @Option(help: "Where Forge is.")
    var forge: String

    @Option(help: "The database file.")
    var database: String

    @Option(help: "The image directory.")
    var images: String

    @Option(help: "How many jobs.")
    var jobs = 200

    @Option(help: "Where chance begins.")
    var seed: UInt64 = 1

    func run() async throws {
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] { unsetenv(name) }
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        var settings = try ForgeConfiguration(baseURL: forge)
        settings.generationTimeout = Self.generationTimeout
        settings.stallLimit = .seconds(2)
        settings.controlTimeout = Self.controlTimeout
        settings.pollInterval = .milliseconds(20)
        settings.settleTime = .milliseconds(50)
        var storage = SQLiteStoreConfiguration(databasePath: database)
        // It fills up to its limit with the file; small, it is full before memory is first looked at, so that what is seen
        // to grow is what nobody ever gives back.
        storage.cacheKibibytes = 512
        let store = try await SQLiteJobStore.open(storage)
        let files = try DirectoryImageFiles(directory: images)
        let queue = ImageQueue(store: store)
        let generator = ForgeGenerator(configuration: settings)
        let worker = ImageWorker(
            queue: queue,
            backends: [generator],
            files: files,
            configuration: Self.workerConfiguration
        )
        let run = SoakRun(queue: queue, generator: generator, count: jobs, seed: seed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            do {
                try await run.drive()
            } catch is SoakRun.Stuck {
                print("stuck: \(run.unfinished)")
                Foundation.exit(3)
            }
            worker.stop()
            try await group.waitForAll()
        }
        try await run.waitForOpenRequests(atMost: Self.generationTimeout + Self.controlTimeout)
        await files.close()
        await store.close()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(run.report()), as: UTF8.self))
    }

    /// A hang costs as much.
    private static let generationTimeout = Duration.seconds(3)
    private static let controlTimeout = Duration.milliseconds(500)

    /// Every pause is short, and there are tries enough that only what must fail does.
    private static var workerConfiguration: WorkerConfiguration {
        var configuration = WorkerConfiguration()
        configuration.breaker.shortestWait = .milliseconds(20)
        configuration.breaker.longestWait = .milliseconds(100)
        configuration.breaker.openTime = .milliseconds(100)
        configuration.interruptInterval = .milliseconds(300)
        configuration.maximumPerOwner = 1
        configuration.retryPolicy.firstPause = .milliseconds(5)
        configuration.retryPolicy.longestPause = .milliseconds(50)
        for (failure, rule) in configuration.retryPolicy.rules {
            switch rule {
            case .retry: configuration.retryPolicy.rules[failure] = .retry(tries: tries)
            case .retryAtOnce: configuration.retryPolicy.rules[failure] = .retryAtOnce(tries: tries)
            case .elsewhere: configuration.retryPolicy.rules[failure] = .elsewhere(tries: tries)
            case .failNow, .pauseBackend: break
            }
        }
        return configuration
    }

    private static let tries = 10
}
