import ArgumentParser
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore

/// `iqctl submit`
struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
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

    @Option(help: ArgumentHelp("The conversation that its message joins.", valueName: "name"))
    var conversation: String?

    @Option(parsing: .unconditional, help: "The user's own words, stored as the message before.")
    var userMessage: String?

    @Option(help: ArgumentHelp("Whose job it is.", valueName: "name"))
    var owner: String?

    @Option(help: ArgumentHelp("Which jobs it goes before.", valueName: "priority"))
    var priority = PriorityName.normal

    @Option(help: "A key of your own: submitted again with the same one, it is the same job.")
    var key: String?

    @Option(help: ArgumentHelp("Don't begin before so long.", valueName: "seconds"))
    var delay: Double?

    @Option(
        help: ArgumentHelp(
            "Fail as `expired` if drawing has not begun after so long, the delay included.",
            valueName: "seconds"
        )
    )
    var deadline: Double?

    @Option(help: ArgumentHelp("Give up waiting after so long; the job stays.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Don't wait: print the receipt and end.")
    var detach = false

    @Flag(help: "Put each picture into a job of its own.")
    var spread = false

    @Flag(help: "Draw it with a simulated Forge in this process: a placeholder, without a graphics card.")
    var simulate = false

    @Option(help: ArgumentHelp("With --simulate: milliseconds that a sampling step takes.", valueName: "ms"))
    var stepTime: Double = 100

    @OptionGroup(title: "Forge") var forge: ForgeOptions
    @OptionGroup(title: "Storage") var store: StoreOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        for case (let name, let seconds?) in [("--timeout", timeout), ("--delay", delay), ("--deadline", deadline)]
        where Duration(typedSeconds: seconds) == nil {
            throw ValidationError("\(name) must be 0 to 31536000 seconds (a year).")
        }
        guard Duration(typedSeconds: stepTime / 1000) != nil else {
            throw ValidationError("--step-time must be 0 or more milliseconds.")
        }
        if simulate && detach {
            throw ValidationError("--simulate draws in this process, which --detach would end.")
        }
    }

    func run() async throws {
        forge.settleProxy()
        output.log.bootstrap()
        // Everything that can be refused is refused before a file is made.
        let submission = try submission()
        try submission.validate()
        let submissions = spread ? submission.spread() : [submission]
        for submission in submissions { try submission.validate() }
        if detach {
            try await store.with { try await detach(submissions, in: $0) }
        } else if simulate {
            try await withSimulator(submissions)
        } else {
            let generators = try forge.generators()
            try await store.with { try await wait(for: submissions, in: $0, .workers(orElse: generators)) }
        }
    }

    private func submission() throws -> Submission {
        var submission = Submission(request: try request.request())
        if let conversation { submission.conversation = ConversationID(rawValue: conversation) }
        if let owner { submission.owner = Owner(rawValue: owner) }
        submission.priority = priority.priority
        submission.userMessage = userMessage
        submission.key = key
        submission.delay = delay.flatMap { Duration(typedSeconds: $0) }
        submission.deadline = deadline.flatMap { Duration(typedSeconds: $0) }
        return submission
    }

    private func detach(_ submissions: [Submission], in store: SQLiteJobStore) async throws {
        let queue = ImageQueue(store: store)
        let receipts = try await queue.submit(submissions)
        try await ReceiptPrinter(isJSON: output.json).print(receipts, of: queue)
    }

    private func withSimulator(_ submissions: [Submission]) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(stepTime)
        try await ForgeSimulator.withServer(configuration) { simulator in
            let url = simulator.baseURL
            Console.shared.note("Drawing a placeholder with a simulated Forge at \(url.absoluteString)")
            let generator = try ForgeOptions.generator(simulatedAt: url)
            try await store.with { try await wait(for: submissions, in: $0, .simulator(generator)) }
        }
    }

    private func wait(
        for submissions: [Submission],
        in store: SQLiteJobStore,
        _ drawing: SubmitRun.Drawing
    ) async throws {
        let files = try self.store.files()
        var run = SubmitRun(
            submissions,
            queue: ImageQueue(store: store),
            files: files,
            drawing: drawing,
            timeout: timeout.flatMap { Duration(typedSeconds: $0) }
        )
        switch await run.run() {
        case .ended(let jobs):
            for job in jobs {
                if output.json {
                    try JobPrinter(files: files, isJSON: true).printWhole(job)
                } else {
                    for image in job.images {
                        try Console.shared.print(files.location(ofPath: image.path).path(percentEncoded: false))
                    }
                }
            }
            try Self.judge(jobs)
        case .left(let ids, let failure):
            for id in ids {
                if output.json, let job = try? await store.job(id, as: .operator) {
                    try JobPrinter(files: files, isJSON: true).printWhole(job)
                }
            }
            throw failure
        case .broken(let error):
            throw error
        }
    }

    /// Tells of each job that failed, and exits as the worst of them does.
    private static func judge(_ jobs: [Job]) throws {
        let worst = jobs.map(\.state.exitStatus).max() ?? .complete
        guard worst != .complete else { return }
        let failed = jobs.filter { $0.state == .failed }
        for job in failed.dropLast() { Console.shared.complain(complaint(of: job)) }
        throw CommandFailure(worst, failed.last.map(complaint))
    }

    private static func complaint(of job: Job) -> String {
        "The job failed: \(job.failure?.message ?? "for no known reason")"
    }
}

extension JobState {
    /// What a command exits with that waited for a job with this end.
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .complete: .complete
        case .cancelled: .cancelled
        case .scheduled, .queued, .processing, .failed: .failed
        }
    }
}
