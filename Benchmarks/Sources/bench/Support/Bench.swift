internal import BenchSupport
internal import Foundation
internal import ImageQueueStore

/// What scenarios run with.
struct Bench: Sendable {
    /// Smaller, to see that everything runs.
    let isQuick: Bool
    /// Big files, kept between runs.
    let data: String
    /// Where this run's files are; on the disk, and removed at its end.
    let folder: String
    /// This program, for the roles that need a process of their own.
    let program: String
    let iqctl: String
    let texts: JobTexts

    /// How often a scenario is measured at least.
    var runs: Int { isQuick ? 5 : 7 }

    /// `full`, or `quick` in a quick run.
    func pick(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    func file(_ name: String) -> String { folder + "/" + name }

    /// A database of the library's making, with its schema and nothing in it.
    func newDatabase(_ name: String) async throws -> String {
        let path = file(name)
        try await BenchWorker(path: path, isWorking: false).store.close()
        return path
    }

    /// Measures and its floor in turn; who comes first changes, so that neither always finds what the other left.
    func interleaved(
        _ runs: Int? = nil,
        _ value: () async throws -> Double,
        floor: () async throws -> Double
    ) async throws -> [Figure.Run] {
        var all: [Figure.Run] = []
        for number in 0..<(runs ?? self.runs) {
            if number.isMultiple(of: 2) {
                let base = try await floor()
                all.append(.init(value: try await value(), floor: base))
            } else {
                let measured = try await value()
                all.append(.init(value: measured, floor: try await floor()))
            }
        }
        return all
    }
}

/// One line of the table of figures; it may measure several quantities.
struct Scenario: Sendable {
    let number: Int
    let name: String
    let measure: @Sendable (Bench) async throws -> [Figure]
}
