import ArgumentParser
import ImageQueueCore

/// `iqctl watch`
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happens to jobs, as it happens.",
        discussion: """
            With a job's id it ends with the job, and exits as `iqctl submit` does; otherwise it goes on until Ctrl-C.
            --json prints an event a line; its `cursor` is what --after takes to go on from there.
            """
    )

    @Argument(help: "The job's id.")
    var job: JobID?

    @Option(help: ArgumentHelp("Begin after this place in the log.", valueName: "cursor"))
    var after: String?

    @Option(help: ArgumentHelp("Only this conversation's jobs.", valueName: "name"))
    var conversation: String?

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let after, EventCursor(after) == nil {
            throw ValidationError("--after takes a cursor as events carry it, such as 1f3a-17.")
        }
    }

    func run() async throws {
        output.log.bootstrap()
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        let filter = JobFilter(
            jobs: job.map { [$0] },
            conversation: conversation.map(ConversationID.init(rawValue:))
        )
        let last = try await store.withExisting { store in
            let events = try await ImageQueue(store: store).events(
                matching: filter,
                as: requester.requester,
                after: after.flatMap { EventCursor($0) }
            )
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in interruptions.first { events.finish() } }
                var last: JobEvent?
                for try await event in events {
                    try Console.shared.print(output.json ? JSONLine.text(event) : EventText.line(event))
                    if event.isFinal { last = event }
                }
                group.cancelAll()
                return last
            }
        }
        guard job != nil else { return }
        guard let last else { throw CommandFailure(.gaveUpWaiting) }
        if last.kind == .error { throw CommandFailure(last.failure?.code == .cancelled ? .cancelled : .failed) }
    }
}
