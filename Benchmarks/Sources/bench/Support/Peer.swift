internal import Foundation
internal import Synchronization

/// This program in another process, in one of its ``Role``s. It says what it found a line at a time.
final class Peer {
    let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private var rest = ""

    init(_ program: String, _ arguments: [String], errors: FileHandle = .standardError) throws {
        process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    /// The next line; `nil` at the end. Blocks.
    func line() -> String? {
        while true {
            if let end = rest.firstIndex(of: "\n") {
                defer { rest = String(rest[rest.index(after: end)...]) }
                return String(rest[..<end])
            }
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return nil }
            rest += String(decoding: data, as: UTF8.self)
        }
    }

    /// The numbers of the next line.
    func numbers() throws -> [Double] {
        guard let line = line() else { throw Failure("the other process has ended: \(process.arguments ?? [])") }
        return line.split(separator: " ").compactMap { Double($0) }
    }

    func say(_ line: String) { input.fileHandleForWriting.write(Data((line + "\n").utf8)) }

    /// Closes its standard input, which every role takes for its end, and waits.
    ///
    /// - Parameter keepingOutput: does not wait, since a process that says much waits for its reader.
    func end(keepingOutput: Bool = false) {
        try? input.fileHandleForWriting.close()
        if !keepingOutput { process.waitUntilExit() }
    }

    /// CPU time of all its threads, in seconds.
    var processorTime: Double {
        let tasks = "/proc/\(process.processIdentifier)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)
            return sum + (text?.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
        }
    }

    /// A field of `/proc/<id>/status`, whose kB are of 1,024 bytes, in MiB.
    func mebibytes(_ field: String) -> Double? {
        let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return line?.split(separator: " ").dropFirst().compactMap { Double($0) }.first.map { $0 / 1_024 }
    }
}
