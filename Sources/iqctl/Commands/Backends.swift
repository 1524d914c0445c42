import ArgumentParser
import ForgeClient
import ImageQueueCore
import ImageQueueStore

/// `iqctl backends`
struct Backends: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the Forges, who draws on them and how they are.",
        discussion: """
            Those that a worker draws on, and those that --forge names. Each is asked, by questions that wait for no \
            drawing and change nothing.
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
        let workers =
            store.isThere ? try await store.with { try await ImageQueue(store: $0).workers(as: requester) } : []
        let generators = try forge.generators(knowing: workers.flatMap(\.registration.backends))
        for inspection in try await ForgeRound.inspections(of: generators) {
            let backend = BackendRecord(
                inspection: inspection,
                holder: workers.first { $0.isAlive && $0.holds.contains(inspection.backend) }?.registration.id
            )
            try Console.shared.print(output.json ? JSONLine.text(backend) : TerminalText.line(backend.line))
        }
    }
}
