internal import ArgumentParser
internal import ForgeClient
internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import ImageQueueStore
internal import Logging

/// `iqctl worker`
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Draw the queue's jobs.",
        discussion: """
            It runs until SIGTERM or Ctrl-C, and then lets the picture that is being drawn finish, for at most 20 s; a \
            second one leaves at once, and the job is offered again. With --drain it ends once nothing can be claimed, \
            and with 69 if no Forge can draw. With several Forges it draws on all, a picture at a time on each.
            """
    )

    @Flag(help: "End once nothing can be claimed.")
    var drain = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long a hung worker keeps its job, 0.5 to 3600; a dead one's is offered again at once.",
            valueName: "seconds"
        )
    )
    var lease: Double = 30

    @Option(
        help: ArgumentHelp(
            "Whether the queue draws once this worker has started, if no other one lives: as-it-was, run or paused.",
            valueName: "how"
        )
    )
    var onStart = StartName.asItWas

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long finished jobs and events are kept, fractions too; for good by default. Messages and pictures stay.",
            valueName: "days"
        )
    )
    var keep: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many jobs of one owner are drawn at once, over all workers; give all of them the same. Any by default.",
            valueName: "n"
        )
    )
    var maxPerOwner: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long a picture may stand still, without a step, before it is given up as hung, 1 to 86400; by default 600.",
            valueName: "seconds"
        )
    )
    var stallLimit: Double?

    @Option(
        help: ArgumentHelp(
            "What follows a kind of failure, such as connection_lost=retry:5; may be repeated.",
            discussion: "fail, pause (the Forge, and the job waits), retry:N, at-once:N or elsewhere:N, with N tries.",
            valueName: "failure=rule"
        ),
        transform: FailureRule.init
    )
    var onFailure: [FailureRule] = []

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var forge: ForgeOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard let lease = Duration(typedSeconds: lease), (.milliseconds(500) ... .seconds(3600)).contains(lease) else {
            throw ValidationError("--lease must be 0.5 to 3600 seconds.")
        }
        if let maxPerOwner, maxPerOwner < 1 { throw ValidationError("--max-per-owner must be 1 or more.") }
        if let stallLimit, !(1...86_400).contains(stallLimit) {
            throw ValidationError("--stall-limit must be 1 to 86400 seconds.")
        }
        if keep != nil, retention == nil { throw ValidationError("--keep must be more than 0 and at most 36500 days.") }
    }

    private var retention: Duration? {
        guard let keep, keep > 0, keep <= 36_500 else { return nil }
        return .seconds(keep * 86_400)
    }

    func run() async throws {
        Allocator.keepSmall()
        forge.settleProxy()
        log.bootstrap(usual: .info)
        _ = try asking.requester()
        let generators = try forge.generators(stallLimit: stallLimit.flatMap(Duration.init(typedSeconds:)))
        let files = try store.files()
        let interruptions = Interruptions(leavingWith: .gaveUpWaiting)
        try await store.with { store in
            var configuration = WorkerConfiguration()
            configuration.stopsWhenDrained = drain
            configuration.stopsWhenUnavailable = drain
            configuration.leaseDuration = Duration(typedSeconds: lease) ?? configuration.leaseDuration
            configuration.renewalInterval = configuration.leaseDuration / 6
            configuration.retention = retention
            configuration.onStart = onStart.behavior
            configuration.maximumPerOwner = maxPerOwner
            for rule in onFailure { configuration.retryPolicy.rules[rule.failure] = rule.rule }
            let worker = ImageWorker(
                queue: ImageQueue(store: store),
                backends: generators,
                files: files,
                configuration: configuration
            )
            let logger = Logger(label: "iqctl")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in interruptions.first {
                        worker.stop()
                        logger.info("stopping; a second signal leaves at once")
                    }
                }
                try await worker.run {
                    if try await store.isPaused() { logger.info("\(WaitNote.paused)") }
                    for generator in generators {
                        logger.info(
                            "drawing",
                            metadata: [
                                "forge.backend": "\(generator.backend)", "imagequeue.worker.id": "\(worker.id)",
                            ]
                        )
                    }
                }
                group.cancelAll()
            }
        }
    }
}
