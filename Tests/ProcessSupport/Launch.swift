package import Foundation
internal import ImageQueueConcurrency

/// A process, most often of the built `iqctl`.
package final class Launch: Sendable {
    package let processID: Int32
    private let output: URL
    private let errors: URL
    private let told: Told

    package init(_ arguments: [String], environment: [String: String], folder: URL, input: Data?) throws {
        let name = UUID().uuidString
        output = folder.appending(path: "\(name).out")
        errors = folder.appending(path: "\(name).err")
        try Data().write(to: output)
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = environment
        process.currentDirectoryURL = folder
        // Closed here as soon as the child has them: with more than a thousand open, `Process` on Linux crashes.
        var handles = [try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: errors)]
        defer { for handle in handles { try? handle.close() } }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        if let input {
            let file = folder.appending(path: "\(name).in")
            try input.write(to: file)
            let handle = try FileHandle(forReadingFrom: file)
            handles.append(handle)
            process.standardInput = handle
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let told = Told()
        process.terminationHandler = { process in
            let signalled = process.terminationReason == .uncaughtSignal
            told.set(process.terminationStatus + (signalled ? 128 : 0))
        }
        try process.run()
        processID = process.processIdentifier
        self.told = told
    }

    private final class Told: Sendable {
        private let status = Lock<Int32?>(nil)
        func set(_ value: Int32) { status.withLock { $0 = value } }
        var value: Int32? { status.withLock { $0 } }
    }

    /// The product that was built with these tests: beside the test bundle.
    package static let executable: URL = {
        if let path = ProcessInfo.processInfo.environment["IQCTL_EXECUTABLE"] { return URL(filePath: path) }
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let runner = bundle ?? URL(filePath: CommandLine.arguments[0])
        return runner.deletingLastPathComponent().appending(path: "iqctl")
    }()

    package var standardOutput: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    package var standardErrors: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
    package var isRunning: Bool { told.value == nil }

    package func send(_ signal: Int32) {
        if isRunning { kill(processID, signal) }
    }

    package func killIfRunning() { send(SIGKILL) }

    /// Waits for its end; the status is 128 and the signal's number if one killed it.
    package func finish(within limit: Duration = .seconds(40)) async throws -> Finished {
        let status: Int32
        do {
            status = try await eventually("the process ends", within: limit) { told.value }
        } catch {
            throw Timeout(description: "\(error); until now: \(standardOutput) \(standardErrors)")
        }
        return Finished(status: status, output: standardOutput, errors: standardErrors)
    }
}

/// What a process left.
package struct Finished: Sendable {
    package var status: Int32
    package var output: String
    package var errors: String

    package var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// The one object that it printed.
    package func object() throws -> JSONObject {
        guard lines.count == 1 else { throw Timeout(description: "Not one line: \(output) \(errors)") }
        return try JSONObject(lines[0])
    }

    package func objects() throws -> [JSONObject] { try lines.map { try JSONObject($0) } }
}
