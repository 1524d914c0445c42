internal import ArgumentParser
internal import ForgeClient
internal import ImageQueueCore
internal import ImageQueueStore

/// `iqctl backends`
struct Backends: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends",
        abstract: "List the Forges, let one take no more jobs, or put it back to work.",
        subcommands: [BackendsList.self, BackendsDrain.self, BackendsAdd.self],
        defaultSubcommand: BackendsList.self
    )
}

/// `iqctl backends list`
struct BackendsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the Forges, who draws on them and how they are.",
        discussion: """
            Those that a worker draws on or that are drained, and those that --forge or IQCTL_FORGE_URL names; the usual one \
            if there is none of these. Each is asked, by questions \
            that wait for no drawing and change nothing; how its worker's circuit breaker stands, and whether it shares \
            the Forge with others, the worker has told.
            """
    )

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var forge: ForgeOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        forge.settleProxy()
        output.log.bootstrap()
        let requester = try asking.requester()
        let known =
            try store.isThere() ? try await store.with { try await ImageQueue(store: $0).backends(as: requester) } : []
        let generators = try forge.generators(knowing: known.map(\.backend))
        for inspection in try await ForgeRound.inspections(of: generators) {
            let status = known.first { $0.backend == inspection.backend }
            let backend = BackendRecord(
                inspection: inspection,
                status: status ?? BackendStatus(backend: inspection.backend)
            )
            try Console.shared.print(output.json ? JSONLine.text(backend) : TerminalText.line(backend.line))
        }
    }
}

/// `iqctl backends drain`
struct BackendsDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Let a Forge take no more jobs until `iqctl backends add`, also over restarts.",
        discussion: "The job that is drawn there is drawn to its end; one that waits for it goes to another Forge."
    )

    @OptionGroup var backend: BackendOptions

    func run() async throws { try await backend.change { try await $0.drain($1, as: $2) } }
}

/// `iqctl backends add`
struct BackendsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Put a drained Forge back to work, at once, whatever it failed at before."
    )

    @OptionGroup var backend: BackendOptions

    func run() async throws { try await backend.change { try await $0.add($1, as: $2) } }
}

/// A Forge of the queue's.
struct BackendOptions: ParsableArguments {
    @Argument(help: "The Forge's URL.")
    var url: String

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var log: LogOptions

    func change(_ body: @Sendable (ImageQueue, BackendID, Requester) async throws -> Void) async throws {
        log.bootstrap()
        let requester = try asking.requester()
        let backend: BackendID
        do {
            backend = try ForgeConfiguration(baseURL: url).backend
        } catch {
            throw CommandFailure(.refused, CommandFailure(error).message)
        }
        try await store.withExisting { try await body(ImageQueue(store: $0), backend, requester) }
    }
}
