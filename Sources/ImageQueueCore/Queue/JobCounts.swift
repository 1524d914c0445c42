/// How many jobs there are in each state. Those that were pruned are no longer counted.
public struct JobCounts: Sendable, Hashable {
    private let counts: [JobState: Int]

    /// Counts by state; of those that are missing there are none.
    public init(_ counts: [JobState: Int] = [:]) {
        self.counts = counts.filter { $0.value != 0 }
    }

    /// How many are in this state.
    public subscript(state: JobState) -> Int { counts[state, default: 0] }
}
