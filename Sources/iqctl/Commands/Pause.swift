internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl pause`
struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let no worker begin another job until `iqctl resume`, also over restarts.",
        discussion: "What is being drawn is finished. New jobs are taken, and wait."
    )

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        log.bootstrap()
        let requester = try asking.requester()
        try await store.with { try await ImageQueue(store: $0).pause(as: requester) }
    }
}
