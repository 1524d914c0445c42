internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl submit`
struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Put a job into the queue, and wait for its pictures.",
        discussion: """
            Progress goes to standard error, the pictures' places (or, with --json, one object) to standard output. If \
            no worker runs, this command draws its own job, and no other. Ctrl-C or SIGTERM cancels the job; a second \
            one leaves at once.

            Several pictures are one job, or with --spread a job each under one batch id: then all of them are waited \
            for, and it exits with the greatest code that one of them gives.

            \(ExitStatus.help)
            """
    )

    @OptionGroup(title: "Request") var request: RequestOptions

    @Flag(help: "Put each picture into a job of its own.")
    var spread = false

    @OptionGroup var options: SubmitOptions

    func run() async throws {
        options.settle()
        var submission = try request.submission()
        options.apply(to: &submission)
        // Also before it is spread: the whole must be as it should.
        try submission.validate()
        try await options.run(spread ? submission.spread() : [submission])
    }
}
