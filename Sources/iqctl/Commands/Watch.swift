internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl watch`
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what happens to jobs, as it happens.",
        discussion: """
            With a job's id it ends with the job, and exits as `iqctl submit` does; otherwise it goes on until Ctrl-C. \
            How things stand comes first, then every change.

            --json prints an event a line; its `cursor` is what --after takes to go on from there. Within how things \
            stand it is `snapshot-0`: from there one begins anew. A number alone, an event's `seq` but 0, means that \
            place in the present log. Where what followed is no longer known, a RESET comes, \
            then how things stand.
            """
    )

    @Argument(help: "The job's id.")
    var job: JobID?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Begin after this place in the log: an event's cursor, or its number.",
            valueName: "cursor|seq"
        )
    )
    var after: LogPlace?

    @Option(help: ArgumentHelp("Only this conversation's jobs.", valueName: "name"))
    var conversation: String?

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try ConversationArgument.check(conversation) }

    func run() async throws {
        output.log.bootstrap()
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        let filter = JobFilter(
            jobs: job.map { [$0] },
            conversation: conversation.map(ConversationID.init(rawValue:))
        )
        let end = try await store.withExisting { store in
            let queue = ImageQueue(store: store)
            let events = try await queue.events(
                matching: filter,
                as: requester.requester,
                after: try await after?.cursor(in: queue)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in interruptions.first { events.finish() } }
                for try await event in events {
                    try Console.shared.print(output.json ? JSONLine.text(event) : EventText.line(event))
                }
                group.cancelAll()
            }
            // Asked for, not taken from the events: its end may lie before the place at which the watch began.
            guard let job else { return JobState?.none }
            return try await queue.status(of: job, as: requester.requester)?.state
        }
        guard job != nil else { return }
        switch end {
        case .complete: return
        case .failed: throw CommandFailure(.failed)
        case .cancelled: throw CommandFailure(.cancelled)
        case .scheduled, .queued, .processing, nil: throw CommandFailure(.gaveUpWaiting)
        }
    }
}
