internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl cancel`
struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End jobs.",
        discussion: """
            A job that waits ends at once. One that is being drawn is ended by its worker; the command waits for that, \
            up to 5 s. With several jobs it exits with the greatest code that one of them gives. Of --conversation, \
            --batch, --owner and --queued all that are given must hold.
            """
    )

    @Argument(help: "The jobs' ids.")
    var jobs: [JobID] = []

    @Flag(help: "Every unfinished job.")
    var all = false

    @Option(help: ArgumentHelp("Every unfinished job of this conversation.", valueName: "name"))
    var conversation: String?

    @Option(help: ArgumentHelp("Every unfinished job of this batch.", valueName: "id"))
    var batch: JobID?

    @Flag(help: "Only jobs that wait, none that is being drawn; alone: all of them.")
    var queued = false

    @Flag(help: "Let the picture that is being drawn finish: it is stored, and the job's rest is dropped.")
    var afterPicture = false

    @Flag(help: "Don't wait for the end of jobs that are being drawn.")
    var noWait = false

    @Option(
        help: ArgumentHelp(
            "Ask as this owner, who sees only what is theirs; without a job's id, every unfinished job of theirs.",
            valueName: "name"
        )
    )
    var owner: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private var isBulk: Bool {
        all || queued || conversation != nil || batch != nil || (jobs.isEmpty && owner != nil)
    }

    func validate() throws {
        try ConversationArgument.check(conversation)
        // Mostly a variable that was never set; where nobody uses owners, those are all jobs.
        if owner?.isEmpty == true, !all, !queued, conversation == nil, batch == nil, jobs.isEmpty {
            throw ValidationError("--owner names nobody; add --all to cancel the jobs that nobody owns.")
        }
        guard jobs.isEmpty == isBulk else {
            throw ValidationError(
                "Name the jobs, or which of them: --all, --queued, --conversation, --batch or --owner."
            )
        }
    }

    func run() async throws {
        output.log.bootstrap()
        let requester: Requester = owner.map { .owner(Owner(rawValue: $0)) } ?? .operator
        let endings = try await store.withExisting { store in
            let round = CancelRound(
                queue: ImageQueue(store: store),
                requester: requester,
                mode: afterPicture ? .afterPicture : .now
            )
            if isBulk {
                return try await round.cancel(
                    matching: JobFilter(
                        states: queued ? [.scheduled, .queued] : JobFilter.unfinished,
                        owner: owner.map(Owner.init(rawValue:)),
                        conversation: conversation.map(ConversationID.init(rawValue:)),
                        batch: batch
                    ),
                    waiting: noWait ? nil : .seconds(5)
                )
            }
            return try await round.cancel(jobs, waiting: noWait ? nil : .seconds(5))
        }
        for ending in endings {
            if output.json {
                try Console.shared.print(JSONLine.text(CancelRecord(ending: ending)))
            } else if ending.outcome == .notFound {
                Console.shared.complain("There is no job \(ending.job).")
            } else {
                try Console.shared.print(ending.line)
            }
        }
        if endings.isEmpty { Console.shared.note("Nothing to cancel.") }
        let worst = endings.map(\.status).max() ?? .complete
        if worst != .complete { throw CommandFailure(worst) }
    }
}
