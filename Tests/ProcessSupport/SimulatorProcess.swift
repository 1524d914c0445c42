internal import Foundation

/// An `iqctl simulator` of a test's own, and its log.
package struct SimulatorProcess: Sendable {
    package let launch: Launch
    package let url: String
    private let logFile: String

    /// Starts one on a free port and waits until it listens.
    package static func start(
        in sandbox: Sandbox,
        stepTime: Int = 20,
        faults: [String] = [],
        adding arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> SimulatorProcess {
        let logFile = sandbox.file("simulator-\(UUID().uuidString).log")
        let launch = try sandbox.start(
            ["simulator", "--port", "0", "--step-time", "\(stepTime)", "--log-file", logFile]
                + faults.flatMap { ["--fault", $0] } + arguments,
            adding: environment
        )
        let url = try await eventually("the simulator listens") {
            let text = launch.standardOutput
            return text.hasSuffix("\n") ? text.trimmingCharacters(in: .newlines) : nil
        }
        return SimulatorProcess(launch: launch, url: url, logFile: logFile)
    }

    /// What it did so far, in the order in which it ended.
    package func log() throws -> [JSONObject] {
        // The last line may be half written.
        let text = try String(contentsOfFile: logFile, encoding: .utf8)
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return try text[..<end].split(separator: "\n").map { try JSONObject(String($0)) }
    }

    package func requests(to path: String) throws -> [JSONObject] {
        try log().filter { $0.string("event") == "request" && $0.string("path") == path }
    }

    /// The generations that have begun for a job.
    package func generations(of job: String) throws -> [JSONObject] {
        try log().filter {
            $0.string("event") == "generation_started" && $0.string("task_id")?.hasPrefix("iq-\(job)-") == true
        }
    }
}
