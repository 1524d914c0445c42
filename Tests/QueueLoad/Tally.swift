/// What callers did, and how long each call took.
struct Tally: Sendable {
    /// Jobs that were acknowledged as submitted, or as complete.
    var count = 0
    private var waits: [Duration] = []
    private var errors = 0
    private var firstErrors: [String] = []

    /// Times one call; one that throws is counted as an error.
    mutating func time<Answer>(_ call: () async throws -> Answer) async -> Answer? {
        let began = ContinuousClock.now
        do {
            let answer = try await call()
            waits.append(began.duration(to: .now))
            return answer
        } catch {
            waits.append(began.duration(to: .now))
            errors += 1
            if firstErrors.count < 5 { firstErrors.append("\(error)") }
            return nil
        }
    }

    mutating func add(_ other: Tally) {
        count += other.count
        waits += other.waits
        errors += other.errors
        firstErrors = Array((firstErrors + other.firstErrors).prefix(5))
    }

    struct Report: Encodable {
        var role: String
        var seconds: Double
        var count: Int
        var calls: Int
        var errors: Int
        var firstErrors: [String]
        var p50Milliseconds: Double
        var p99Milliseconds: Double
        var worstMilliseconds: Double
    }

    func report(_ role: String, seconds: Double) -> Report {
        let sorted = waits.sorted()
        func milliseconds(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            let wait = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            return (wait / .microseconds(1)).rounded() / 1_000
        }
        return Report(
            role: role,
            seconds: seconds,
            count: count,
            calls: waits.count,
            errors: errors,
            firstErrors: firstErrors,
            p50Milliseconds: milliseconds(0.5),
            p99Milliseconds: milliseconds(0.99),
            worstMilliseconds: milliseconds(1)
        )
    }
}
