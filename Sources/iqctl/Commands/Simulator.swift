internal import ArgumentParser
internal import ForgeSimulator
internal import Foundation

/// `iqctl simulator`
struct Simulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Run a simulated Forge, for trying things out without a graphics card.",
        discussion: """
            It speaks Forge's HTTP on the loopback and draws placeholders. It prints its URL once it is ready, and runs \
            until Ctrl-C or SIGTERM. With IQCTL_FORGE_AUTH it asks for that user name and password.

            A fault is effect[=value][@endpoint][*times][+after][%percent][#seed]: `hang@txt2img*2`, \
            `delay=3s@progress%10#7`, `error=ValueError:no such thing@generation*1+2`, `refuse=5s`. \
            Behind a value the counts need an endpoint: `delay=3s@any*2`.
            Effects: \(Fault.Effect.names.joined(separator: ", ")).
            """
    )

    @Option(parsing: .unconditional, help: "The port; 0 for any free one.")
    var port: UInt16 = 7860

    @Option(parsing: .unconditional, help: ArgumentHelp("Milliseconds that a sampling step takes.", valueName: "ms"))
    var stepTime: Double = 50

    @Option(
        name: .customLong("fault"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Something to go wrong; may be repeated.", valueName: "fault")
    )
    var faults: [String] = []

    @Flag(help: "Play Forge's --nowebui: the API alone, without /internal.")
    var nowebui = false

    @Option(
        help: ArgumentHelp(
            "Add a JSON line here for each request, and two for each generation; prompts too.",
            valueName: "file"
        )
    )
    var logFile: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard Duration(typedSeconds: stepTime / 1000) != nil else {
            throw ValidationError("--step-time must be 0 or more milliseconds.")
        }
        for fault in faults {
            do { _ = try Fault(argument: fault) } catch { throw ValidationError("--fault \(fault): \(error)") }
        }
    }

    func run() async throws {
        output.log.bootstrap()
        let configuration = try simulatorConfiguration()
        let simulator: ForgeSimulator
        do {
            simulator = try ForgeSimulator(configuration: configuration)
        } catch {
            throw CommandFailure(
                .storeFailed,
                "--log-file \(logFile ?? "") can't be written: \(error.localizedDescription)"
            )
        }
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await simulator.run()
                } catch {
                    throw CommandFailure(.forgeUnavailable, "The simulator can't listen on port \(port): \(error)")
                }
            }
            // That it can't listen is told by the first one.
            guard (try? await simulator.waitUntilReady()) != nil else {
                try await group.waitForAll()
                return
            }
            let url = simulator.baseURL.absoluteString
            try Console.shared.print(output.json ? JSONLine.text(["url": url]) : url)
            group.addTask { for await _ in interruptions.first { return } }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func simulatorConfiguration() throws -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        configuration.port = Int(port)
        configuration.mode = nowebui ? .nowebui : .webui
        configuration.stepTime = .milliseconds(stepTime)
        configuration.faults = try faults.map { try Fault(argument: $0) }
        configuration.logFile = logFile.map { URL(filePath: $0) }
        if let auth = try ForgeOptions.credentials() {
            configuration.auth = SimulatorConfiguration.Credentials(user: auth.user, password: auth.password)
        }
        return configuration
    }
}
