internal import ArgumentParser
internal import ImageQueueCore
internal import ImageQueueStore

/// `iqctl workers`
struct Workers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "List the workers and what they do."
    )

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.log.bootstrap()
        let requester = try asking.requester()
        let workers = try await store.withExisting { store in
            let queue = ImageQueue(store: store)
            let workers = try await queue.workers(as: requester)
            try await WaitNote.tell(of: queue)
            return workers
        }
        for worker in workers {
            try Console.shared.print(output.json ? JSONLine.text(WorkerRecord(worker: worker)) : Self.line(worker))
        }
        if workers.isEmpty { Console.shared.note("No workers. `iqctl worker` starts one.") }
    }

    private static func line(_ worker: WorkerStatus) -> String {
        let registration = worker.registration
        let jobs = worker.jobs.isEmpty ? "idle" : worker.jobs.map(\.description).joined(separator: " ")
        let backends = registration.backends.map { "\($0)" }.joined(separator: " ")
        let life = worker.isAlive ? "alive" : "dead"
        let place = "\(registration.host) process \(registration.processID)"
        let parts = ["\(registration.id)", life, place, registration.scope.word, backends, jobs]
        return TerminalText.line(parts.joined(separator: "  "))
    }
}
