internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl status`
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how a job stands, or a conversation's active jobs.",
        discussion: "Exits with 0 if there is such a job, however it stands, and with 3 if there is none."
    )

    @Argument(help: "The job's id.")
    var job: JobID?

    @Option(help: ArgumentHelp("The active jobs of this conversation.", valueName: "name"))
    var conversation: String?

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try ConversationArgument.check(conversation)
        guard (job == nil) != (conversation == nil) else {
            throw ValidationError("Name either a job or --conversation.")
        }
    }

    func run() async throws {
        output.log.bootstrap()
        let files = try store.files()
        try await store.withExisting { store in
            let queue = ImageQueue(store: store)
            if let job {
                guard let found = try await queue.status(of: job, as: requester.requester) else {
                    throw CommandFailure(.noSuchJob, "There is no job \(job).")
                }
                try JobPrinter(files: files, isJSON: output.json).printWhole(found)
            } else if let conversation {
                let filter = JobFilter(
                    states: JobFilter.unfinished,
                    conversation: ConversationID(rawValue: conversation)
                )
                let printer = JobPrinter(files: files, isJSON: output.json)
                let printed = try await printer.printAll(of: queue, matching: filter, as: requester.requester)
                if printed.count == 0 { Console.shared.note("No active jobs.") }
            }
        }
    }
}
