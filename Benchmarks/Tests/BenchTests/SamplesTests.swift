import BenchSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SamplesTests {
    @Test(
        "The median, the ends and quantiles by the nearest rank",
        arguments: [
            ([], 0, 0, 0, 0), ([3], 3, 3, 3, 3), ([1, 3], 2, 1, 3, 3), ([5, 1, 3], 3, 1, 5, 5),
            ([4, 1, 3, 2], 2.5, 1, 4, 4),
        ] as [([Double], Double, Double, Double, Double)]
    )
    func ofFew(values: [Double], median: Double, least: Double, greatest: Double, p99: Double) {
        let samples = Samples(values)
        #expect(samples.median == median)
        #expect(samples.least == least)
        #expect(samples.greatest == greatest)
        #expect(samples.quantile(0.99) == p99)
    }

    @Test("Quantiles of a hundred")
    func ofMany() {
        let samples = Samples((1...100).map(Double.init).shuffled())
        #expect(samples.quantile(0.5) == 50)
        #expect(samples.quantile(0.99) == 99)
        #expect(samples.quantile(1) == 100)
        #expect(samples.quantile(0) == 1)
        #expect(samples.mean == 50.5)
    }

    @Test("A ratio is of a run to its own floor, and the table and the results tell medians")
    func ratios() throws {
        let runs: [Figure.Run] = [.init(value: 10, floor: 20), .init(value: 30, floor: 30), .init(value: 9, floor: 10)]
        let measurement = Figure(1, "submit", unit: "jobs/s", reference: "0.75", runs: runs)
        #expect(measurement.ratios?.median == 0.9)
        #expect(Table.line(measurement) == "| 1 | submit | 10 jobs/s (9–30) | 20 | 0.9 (0.5–1) | 0.75 |")
        let json = try FigureRecord.json([FigureRecord(measurement)])
        #expect(json.contains("\"ratio\" : 0.9"))
        let absolute = Figure(7, "counts", unit: "ms", reference: "", runs: [.init(value: 0.0312)])
        #expect(Table.line(absolute) == "| 7 | counts | 0.0312 ms |  |  |  |")
        #expect(try FigureRecord.json([FigureRecord(absolute)]).contains("\"floor\" : null"))
    }

    @Test(
        "Three digits",
        arguments: [
            (0, "0"), (1234.6, "1235"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123"), (0.01234, "0.0123"),
        ]
    )
    func digits(value: Double, text: String) {
        #expect(Table.number(value) == text)
    }
}
