internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl list`
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List jobs, newest first.",
        discussion: """
            If there are more than --limit, it says at the end how to go on: on standard error, or with --json by a last \
            line {"next":NUMBER}, the number being what --after takes. Pages stay as they are while jobs come and go.
            """
    )

    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case active, queued, processing, complete, failed, cancelled

        var states: Set<JobState> {
            switch self {
            case .active: JobFilter.unfinished
            case .queued: [.scheduled, .queued]
            case .processing: [.processing]
            case .complete: [.complete]
            case .failed: [.failed]
            case .cancelled: [.cancelled]
            }
        }
    }

    @Option(name: .customLong("state"), help: "Only jobs in this state; may be repeated.")
    var states: [Choice] = []

    @Option(help: ArgumentHelp("Only this conversation's jobs.", valueName: "name"))
    var conversation: String?

    @Option(help: ArgumentHelp("Only this batch's jobs.", valueName: "id"))
    var batch: JobID?

    @Option(parsing: .unconditional, help: "At most so many, from 1.")
    var limit = 50

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Go on after an earlier page, by the number that it ended with.", valueName: "number")
    )
    var after: Int64?

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try ConversationArgument.check(conversation)
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        if let after, after < 1 { throw ValidationError("--after must be a number that an earlier page ended with.") }
    }

    func run() async throws {
        output.log.bootstrap()
        let files = try store.files()
        let filter = JobFilter(
            states: states.isEmpty ? nil : states.reduce(into: []) { $0.formUnion($1.states) },
            conversation: conversation.map(ConversationID.init(rawValue:)),
            batch: batch
        )
        try await store.withExisting { store in
            let printer = JobPrinter(files: files, isJSON: output.json)
            let queue = ImageQueue(store: store)
            let printed = try await printer.printAll(
                of: queue,
                matching: filter,
                as: requester.requester,
                after: after.map(PageToken.init(rawValue:)),
                limit: limit
            )
            if printed.count == 0 { Console.shared.note(after == nil ? "No jobs." : "No more jobs.") }
            guard let next = printed.next else { return }
            if output.json {
                try Console.shared.print(JSONLine.text(["next": next.rawValue]))
            } else {
                Console.shared.note("There are more: add --after \(next.rawValue)")
            }
        }
    }
}
