internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl resume`
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let workers go on after `iqctl pause`."
    )

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        log.bootstrap()
        let requester = try asking.requester()
        try await store.withExisting { try await ImageQueue(store: $0).resume(as: requester) }
    }
}
