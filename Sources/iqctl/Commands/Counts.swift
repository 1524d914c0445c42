internal import ArgumentParser
internal import ImageQueueCore

/// `iqctl counts`
struct Counts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "counts",
        abstract: "Tell how many jobs there are in each state.",
        discussion: "Takes as long with a million jobs as with ten. Jobs that were pruned are not counted."
    )

    @OptionGroup var requester: RequesterOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        output.log.bootstrap()
        let counts = try await store.withExisting { store in
            try await ImageQueue(store: store).counts(as: requester.requester)
        }
        if output.json {
            let named = JobState.allCases.map { ("\($0)", counts[$0]) }
            try Console.shared.print(JSONLine.text(Dictionary(uniqueKeysWithValues: named)))
        } else {
            for state in JobState.allCases where counts[state] > 0 {
                try Console.shared.print("\(counts[state]) \(state)")
            }
            if counts == JobCounts() { Console.shared.note("No jobs.") }
        }
    }
}
