internal import Foundation

/// What this program does in a process of its own: `bench role NAME ARGUMENT…`. Each role ends with its standard input.
enum Role {
    static func run(_ arguments: [String]) async throws {
        let (name, rest) = (arguments.first ?? "", Array(arguments.dropFirst()))
        switch (name, rest.count) {
        case ("sleeper", 2): try await SleepingWorker.run(database: rest[0], images: rest[1])
        case ("load", 4): try await LoadRole.run(database: rest[0], role: rest[1], callers: rest[2], seconds: rest[3])
        case ("simulator", 2): try await SimulatorRole.run(milliseconds: rest[0], padding: rest[1])
        case ("count", 3): try await CountedRole.run(folder: rest[0], verb: rest[1], count: rest[2])
        default: throw Failure("no such role: \(arguments.joined(separator: " "))")
        }
    }

    /// Says a line of numbers.
    static func say(_ numbers: Double...) {
        let line = numbers.map { "\($0)" }.joined(separator: " ") + "\n"
        // Whoever started this process may be gone.
        try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
    }

    /// Blocks until the end of standard input, away from the cooperative pool.
    static func untilEnd() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                while let line = readLine() { _ = line }
                continuation.resume()
            }
        }
    }
}
