internal import BenchSupport
internal import Foundation

/// `bench [--quick] [--results FILE] [--data FOLDER] [--iqctl FILE] [NUMBER…]`, and the roles that it plays for itself.
@main
struct Main {
    private static let scenarios = [
        SubmitScenarios.lone, SubmitScenarios.concurrent, SubmitScenarios.array, WorkScenarios.cycle,
        BigFileScenarios.flat, BigFileScenarios.position, BigFileScenarios.counts, ProcessScenarios.waking,
        ProcessScenarios.load, DrawingScenarios.gap, WatchScenarios.publish, DrawingScenarios.memory,
        BulkScenarios.cancel, BulkScenarios.prune, CommandScenarios.status,
    ]

    /// Not asynchronous: the main thread would be ended then, which valgrind doesn't survive.
    static func main() {
        // Detached from the main actor, whose thread waits here.
        Task.detached {
            await run()
            exit(0)
        }
        while true { pause() }
    }

    private static func run() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == "role" {
                arguments.removeFirst()
                return try await Role.run(arguments)
            }
            try await measure(arguments)
        } catch {
            note("bench: \(error)")
            exit(1)
        }
    }

    private static func measure(_ arguments: [String]) async throws {
        var isQuick = false
        var results: String?
        var data = ".data"
        var iqctl: String?
        var numbers: Set<Int> = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--quick": isQuick = true
            case "--results": results = rest.popFirst()
            case "--data": data = rest.popFirst() ?? data
            case "--iqctl": iqctl = rest.popFirst()
            default:
                guard let number = Int(argument), (1...14).contains(number) else {
                    throw Failure("usage: bench [--quick] [--results FILE] [--data FOLDER] [--iqctl FILE] [1…14]…")
                }
                numbers.insert(number)
            }
        }
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let folder = "\(data)/run-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let absolute = URL(filePath: folder).path
        let bench = Bench(
            isQuick: isQuick,
            data: URL(filePath: data).path,
            folder: absolute,
            program: program,
            iqctl: iqctl ?? URL(filePath: program).deletingLastPathComponent().appending(path: "iqctl").path,
            texts: try await JobTexts.read(in: absolute)
        )
        var found: [Figure] = []
        // What broke off leaves no other run's figures.
        if let results { try? FileManager.default.removeItem(atPath: results) }
        say(Table.head)
        for scenario in scenarios where numbers.isEmpty || numbers.contains(scenario.number) {
            let began = ContinuousClock.now
            let measured = try await scenario.measure(bench)
            for figure in measured { say(Table.line(figure)) }
            note("\(scenario.number) \(scenario.name): \(Table.number(began.duration(to: .now) / .seconds(1))) s")
            found += measured
            if let results {
                let text = try FigureRecord.json(found.map(FigureRecord.init))
                try text.write(toFile: results, atomically: true, encoding: .utf8)
            }
        }
    }
}

/// Writes a line at once, so that a run that is cut short has told what it found.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// Tells on standard error how things go on.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
