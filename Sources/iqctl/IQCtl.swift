internal import ArgumentParser
internal import Foundation

/// `iqctl`: the image queue from a terminal.
///
/// Each command says its own name: to read it off a type the parser has Swift look through all conformances of the
/// process, and it does so for every command at every start.
@main
struct IQCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iqctl",
        abstract: "A durable queue of pictures to draw, in front of Stable Diffusion WebUI Forge.",
        discussion: """
            \(StoreOptions.environmentHelp)

            \(ExitStatus.help)
            """,
        version: "0.1.0",
        subcommands: [
            Submit.self, Upscale.self, Status.self, List.self, Counts.self, Watch.self, Cancel.self, Retry.self,
            Again.self,
            Worker.self,
            Workers.self, Backends.self, Doctor.self, Pause.self, Resume.self, Simulator.self,
        ]
    )

    static func main() async {
        holdStandardStreams()
        do {
            try requireText()
            var command = try parseAsRoot()
            BrokenPipe.ignore()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Foundation.exit(ExitStatus.complete.rawValue)
        } catch {
            // Help, version and wrong usage have codes of the parser's own; 1 is what it knows of no better.
            if exitCode(for: error) == .validationFailure { refuse(error) }
            guard exitCode(for: error) == .failure else { exit(withError: error) }
            let failure = CommandFailure(error)
            if let message = failure.message { Console.shared.complain(message) }
            Foundation.exit(failure.status.rawValue)
        }
    }

    /// As the parser does it, but that what was given can't do anything to the terminal: it may come from elsewhere.
    private static func refuse(_ error: any Error) -> Never {
        for line in fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false) {
            Console.shared.note(TerminalText.line(String(line)))
        }
        Foundation.exit(ExitStatus.refused.rawValue)
    }

    /// Where a standard stream was closed at the start, the next file that is opened would be taken for it. To this one
    /// nothing can be written, as to a closed one.
    private static func holdStandardStreams() {
        for stream in 0...2 where fcntl(Int32(stream), F_GETFD) == -1 { _ = open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    /// Swift puts U+FFFD where an argument or a variable is no UTF-8: something else than was meant would be drawn,
    /// or opened.
    private static func requireText() throws {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[number] else { break }
            guard String(validatingCString: argument) == nil else { continue }
            throw CommandFailure(.refused, "Argument \(number) is not UTF-8: give it in UTF-8.")
        }
        for name in Places.variables {
            guard let value = getenv(name), String(validatingCString: value) == nil else { continue }
            throw CommandFailure(.refused, "\(name) is not UTF-8: set it in UTF-8.")
        }
    }
}
