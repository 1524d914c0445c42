package import Foundation

/// A folder of one test's own, and `iqctl` set up to keep everything in it.
package struct Sandbox: Sendable {
    package let folder: URL
    /// Variables for every process beside the usual ones.
    package var extra: [String: String] = [:]
    /// The command that every `iqctl` is started by, such as one that enters a namespace.
    package var entry: [String] = []

    /// Makes the folder, runs `body`, kills what it left running and removes the folder.
    package static func with<Result>(
        _ extra: [String: String] = [:],
        _ body: (Sandbox) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "iqctl-\(UUID().uuidString.lowercased())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let sandbox = Sandbox(folder: folder, extra: extra)
        let litter = Litter.shared
        do {
            let result = try await body(sandbox)
            litter.clear(folder)
            return result
        } catch {
            litter.clear(folder)
            throw error
        }
    }

    package func file(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

    package var database: String { file("queue.db") }
    package var images: String { file("images") }

    /// Every process obeys a proxy that isn't there, unless it ignores it as it should.
    package var environment: [String: String] {
        [
            "PATH": "/usr/bin:/bin", "HOME": file("home"), "LANG": "C.UTF-8", "IQCTL_DATABASE": database,
            "IQCTL_IMAGE_DIRECTORY": images, "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9",
        ]
    }

    /// Starts `iqctl` and lets it run.
    package func start(_ arguments: [String], adding extra: [String: String] = [:]) throws -> Launch {
        try launch(arguments, input: nil, adding: extra)
    }

    /// Starts `iqctl` and lets it run.
    package func start(
        _ arguments: String...,
        input: Data? = nil,
        adding extra: [String: String] = [:]
    ) throws -> Launch {
        try launch(arguments, input: input, adding: extra)
    }

    /// Runs `iqctl` to its end.
    package func run(
        _ arguments: String...,
        input: Data? = nil,
        adding extra: [String: String] = [:]
    ) async throws -> Finished {
        try await launch(arguments, input: input, adding: extra).finish()
    }

    /// Runs `iqctl` to its end, which must be a good one, and reads its one line of JSON.
    package func object(_ arguments: String...) async throws -> JSONObject {
        let finished = try await launch(arguments, input: nil, adding: [:]).finish()
        guard finished.status == 0 else {
            throw Timeout(description: "\(arguments) ended with \(finished.status): \(finished.errors)")
        }
        return try finished.object()
    }

    private func launch(_ arguments: [String], input: Data?, adding extra: [String: String]) throws -> Launch {
        try tool(entry + [Launch.executable.path(percentEncoded: false)] + arguments, input: input, adding: extra)
    }

    /// Starts another program than `iqctl`, named by its path.
    package func tool(_ command: [String], input: Data? = nil, adding extra: [String: String] = [:]) throws -> Launch {
        let launch = try Launch(
            command,
            environment: environment.merging(self.extra) { $1 }.merging(extra) { $1 },
            folder: folder,
            input: input
        )
        Litter.shared.add(launch, of: folder)
        return launch
    }

    /// How a job stands, as another process tells.
    package func status(_ job: String) async throws -> JSONObject { try await object("status", job, "--json") }

    /// Waits until a job stands so.
    package func wait(
        for job: String,
        _ what: String,
        until isSo: (JSONObject) -> Bool
    ) async throws -> JSONObject {
        try await eventually("job \(job) is \(what)") {
            let status = try await status(job)
            return isSo(status) ? status : nil
        }
    }
}

/// The processes that a test may leave behind when it fails.
private final class Litter: @unchecked Sendable {
    // `@unchecked`: `launches` is only touched under `lock`.
    static let shared = Litter()
    private let lock = NSLock()
    private var launches: [URL: [Launch]] = [:]

    func add(_ launch: Launch, of folder: URL) {
        lock.withLock { launches[folder, default: []].append(launch) }
    }

    func clear(_ folder: URL) {
        for launch in lock.withLock({ launches.removeValue(forKey: folder) }) ?? [] { launch.killIfRunning() }
        try? FileManager.default.removeItem(at: folder)
    }
}

package struct Timeout: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Asks again and again, for at most so long, until there is an answer.
package func eventually<Answer>(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ answer: () async throws -> Answer?
) async throws -> Answer {
    let start = ContinuousClock.now
    while true {
        if let answer = try await answer() { return answer }
        guard start.duration(to: .now) < limit else { throw Timeout(description: "Not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
