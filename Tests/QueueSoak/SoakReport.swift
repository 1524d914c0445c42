import ImageQueueCore

/// What a soak saw.
struct SoakReport: Encodable {
    struct Memory: Encodable {
        var jobs: Int
        var kilobytes: Int
    }

    struct Cancel: Encodable {
        var job: String
        var outcome: String
    }

    var seconds: Double
    var jobs: Int
    /// What the process kept in memory at each quarter.
    var memory: [Memory]
    var cancels: [Cancel]
    var mostOpen: Int
    /// The most requests that were open though nobody waited for them.
    var mostLeftOver: Int
    /// The requests that were open when each had had the time to end by itself.
    var openAtEnd: Int

    static func word(_ outcome: CancelOutcome) -> String {
        switch outcome {
        case .cancelled: "cancelled"
        case .requested: "requested"
        case .alreadyEnded: "already_ended"
        case .notFound: "not_found"
        }
    }
}
