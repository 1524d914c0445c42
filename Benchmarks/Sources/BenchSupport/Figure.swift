/// What one quantity came to in each run, beside its floor in the same run.
public struct Figure: Sendable {
    /// One run: what was measured, and what the floor took or did right before or after it.
    public struct Run: Sendable {
        /// In the measurement's unit.
        public var value: Double
        /// What the ratio is taken to; `nil` where the figure is absolute.
        public var floor: Double?

        /// One run.
        public init(value: Double, floor: Double? = nil) {
            self.value = value
            self.floor = floor
        }
    }

    /// The number in the table of scenarios.
    public var scenario: Int
    /// What was measured.
    public var name: String
    /// Of value and floor.
    public var unit: String
    /// What is to be reached, in words, and what was measured elsewhere.
    public var reference: String
    /// In the order they were made.
    public var runs: [Run]

    /// A quantity.
    public init(_ scenario: Int, _ name: String, unit: String, reference: String, runs: [Run]) {
        self.scenario = scenario
        self.name = name
        self.unit = unit
        self.reference = reference
        self.runs = runs
    }

    /// Of all runs.
    public var values: Samples { Samples(runs.map(\.value)) }
    /// Of the runs that have one; `nil` where none has.
    public var floors: Samples? {
        let floors = runs.compactMap(\.floor)
        return floors.isEmpty ? nil : Samples(floors)
    }
    /// Of each run to its own floor: what disturbs the machine for a while disturbs both.
    public var ratios: Samples? {
        let ratios = runs.compactMap { run in run.floor.flatMap { $0 == 0 ? nil : run.value / $0 } }
        return ratios.isEmpty ? nil : Samples(ratios)
    }
}
