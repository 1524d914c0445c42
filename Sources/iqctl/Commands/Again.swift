internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl again`
struct Again: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "again",
        abstract: "Submit a job's request once more, whatever became of it.",
        discussion: """
            It is a new job with a new message, of the same conversation, owner and priority; the old one stays as it \
            is. Without an option it draws the same pictures. It prints the new job as `iqctl submit --detach` does.
            """
    )

    @Argument(help: "The job's id.")
    var job: JobID

    @Flag(help: "Choose another seed: other pictures of the same.")
    var newSeed = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("More like this picture of the job's, from 1.", valueName: "number")
    )
    var like: Int?

    private static let usualStrength = 0.1

    @Option(
        parsing: .unconditional,
        help: "With --like: how far to lean away from it, above 0 to 1; by default \(usualStrength)."
    )
    var strength: Double?

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private var redraw: Redraw {
        if let like { return .similar(picture: like - 1, strength: strength ?? Self.usualStrength) }
        return newSeed ? .newSeed : .sameSeed
    }

    func validate() throws {
        if newSeed && like != nil { throw ValidationError("Give --new-seed or --like, not both.") }
        if strength != nil && like == nil {
            throw ValidationError("--strength says how far from --like: give that too.")
        }
        if let like, like < 1 { throw ValidationError("--like counts the pictures from 1.") }
    }

    func run() async throws {
        output.log.bootstrap()
        try await store.withExisting { store in
            let queue = ImageQueue(store: store)
            let receipt = try await queue.again(job, redraw, as: requester.requester)
            try await ReceiptPrinter(isJSON: output.json).print([receipt], of: queue)
        }
    }
}
