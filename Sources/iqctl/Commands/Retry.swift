internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl retry`
struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Submit the request of a job that failed or was cancelled again.",
        discussion: """
            It is a new job with a new message, of the same conversation, owner and priority, and draws with the same \
            seed; the old one stays as it is. It prints the new job as `iqctl submit --detach` does. A job that has not \
            ended, or is complete, is refused with 64.
            """
    )

    @Argument(help: "The job's id.")
    var job: JobID

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.log.bootstrap()
        try await store.withExisting { store in
            let queue = ImageQueue(store: store)
            let receipt = try await queue.retry(job, as: requester.requester)
            try await ReceiptPrinter(isJSON: output.json).print([receipt], of: queue)
        }
    }
}
