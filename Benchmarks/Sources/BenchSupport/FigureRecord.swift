internal import Foundation

/// What `results.json` holds of a measurement.
public struct FigureRecord: Codable, Sendable, Equatable {
    /// The number in the table of scenarios.
    public var scenario: Int
    /// What was measured.
    public var name: String
    /// The median.
    public var value: Double
    /// Of value and floor.
    public var unit: String
    /// The floor's median; `nil` where the figure is absolute.
    public var floor: Double?
    /// The median of each run's ratio to its floor.
    public var ratio: Double?
    /// How many runs there were.
    public var runs: Int

    /// The medians of a measurement.
    public init(_ measurement: Figure) {
        scenario = measurement.scenario
        name = measurement.name
        value = measurement.values.median
        unit = measurement.unit
        floor = measurement.floors?.median
        ratio = measurement.ratios?.median
        runs = measurement.runs.count
    }

    private enum Key: String, CodingKey {
        case scenario, name, value, unit, floor, ratio, runs
    }

    /// Writes all fields, `null` for what there is none of.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(scenario, forKey: .scenario)
        try fields.encode(name, forKey: .name)
        try fields.encode(value, forKey: .value)
        try fields.encode(unit, forKey: .unit)
        try fields.encode(floor, forKey: .floor)
        try fields.encode(ratio, forKey: .ratio)
        try fields.encode(runs, forKey: .runs)
    }

    /// A list of results as JSON.
    public static func json(_ results: [FigureRecord]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(results), as: UTF8.self) + "\n"
    }
}
