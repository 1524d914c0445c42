import Foundation
import Synchronization

/// A process, most often of the built `iqctl`.
final class Launch: Sendable {
    let processID: Int32
    private let output: URL
    private let errors: URL
    private let told: Told

    init(_ arguments: [String], environment: [String: String], folder: URL, input: Data?) throws {
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
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        if let input {
            let file = folder.appending(path: "\(name).in")
            try input.write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
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
        private let status = Mutex<Int32?>(nil)
        func set(_ value: Int32) { status.withLock { $0 = value } }
        var value: Int32? { status.withLock { $0 } }
    }

    /// The product that was built with these tests: beside the test bundle.
    static let executable: URL = {
        if let path = ProcessInfo.processInfo.environment["IQCTL_EXECUTABLE"] { return URL(filePath: path) }
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let runner = bundle ?? URL(filePath: CommandLine.arguments[0])
        return runner.deletingLastPathComponent().appending(path: "iqctl")
    }()

    var standardOutput: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var standardErrors: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
    var isRunning: Bool { told.value == nil }

    func send(_ signal: Int32) {
        if isRunning { kill(processID, signal) }
    }

    func killIfRunning() { send(SIGKILL) }

    /// Waits for its end; the status is 128 and the signal's number if one killed it.
    func finish(within limit: Duration = .seconds(40)) async throws -> Finished {
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
struct Finished: Sendable {
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// The one object that it printed.
    func object() throws -> JSONObject {
        guard lines.count == 1 else { throw Timeout(description: "Not one line: \(output) \(errors)") }
        return try JSONObject(lines[0])
    }

    func objects() throws -> [JSONObject] { try lines.map { try JSONObject($0) } }
}
