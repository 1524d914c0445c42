public import ArgumentParser
public import Logging

/// How much is told, and in which form.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON: one object, or one a line.")
    var json = false

    @OptionGroup var log: LogOptions
}

/// How much is logged.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "From what level on to log, on standard error: trace to critical. By default warning; `worker` info, `doctor` error.",
            valueName: "level"
        )
    )
    var logLevel: Logger.Level?

    /// Sends the libraries' logs to standard error. Call once, before they are used.
    func bootstrap(usual: Logger.Level = .warning) {
        let level = logLevel ?? usual
        LoggingSystem.bootstrap { TerminalLog(label: $0, level: level) }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
