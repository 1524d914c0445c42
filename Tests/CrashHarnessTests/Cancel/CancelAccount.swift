import Foundation
import ImageQueueCore
import Testing

/// What was told to whoever cancelled a job, and what then happened to it.
struct CancelAccount: Sendable {
    var outcome: CancelOutcome
    /// When the cancel had returned.
    var told: Date
    /// The attempt at that moment.
    var attempt: Int
    /// How the job ended.
    var job: Job
    /// Whether the one that drew it was left alive.
    var isHolderLeftAlive = true

    /// How long the holder may take to hear of it. A request that it has just sent when the wish is stored can't be
    /// called back.
    static let hearing = 0.25

    /// The outcome is what then happened.
    func checkEnding() {
        switch outcome {
        case .cancelled:
            #expect(job.state == .cancelled)
        case .requested:
            #expect(job.state == .cancelled || job.state == .complete)
            #expect(job.attempt == attempt, "another attempt after an acknowledged cancel")
        case .alreadyEnded(let state):
            #expect(job.state == state)
        case .notFound:
            Issue.record("a job that was submitted was not found")
        }
        let isWhole = job.images.count == job.request.pictureCount
        #expect(job.state == .complete ? isWhole : !isWhole, "\(job.state) with \(job.images.count) pictures")
    }

    /// No acknowledged cancel is followed by another generation of that job.
    ///
    /// - Returns: How many requests were already on their way when the wish was stored: one at most.
    func checkDrawing(_ drawn: [Drawn]) -> Int {
        let ours = drawn.filter { $0.task.hasPrefix("iq-\(job.id)-") }
        let later = ours.filter { $0.started.timeIntervalSince(told) > 0.002 }
        switch outcome {
        case .requested:
            #expect(later.count <= 1, "\(later.map(\.task)) were drawn after the cancel")
            for generation in later {
                #expect(generation.started.timeIntervalSince(told) < Self.hearing)
                #expect(generation.task.hasPrefix("iq-\(job.id)-\(attempt)-"))
            }
        case .cancelled, .alreadyEnded, .notFound:
            #expect(later.isEmpty, "\(later.map(\.task)) were drawn after the cancel: \(outcome)")
        }
        return later.count
    }

    /// From the cancel's return to the first interrupt that met this job, in seconds; negative if it was faster.
    func latency(_ interruptions: [Interruption]) -> Double? {
        guard isHolderLeftAlive, case .requested = outcome else { return nil }
        let hits = interruptions.filter { $0.hit?.hasPrefix("iq-\(job.id)-") == true }
        return hits.map { $0.arrived.timeIntervalSince(told) }.min()
    }

    var word: String {
        switch outcome {
        case .cancelled: "cancelled"
        case .requested: job.state == .complete ? "requested, too late" : "requested"
        case .alreadyEnded: "already ended"
        case .notFound: "not found"
        }
    }
}

/// Accounts of many rounds.
struct CancelAccounts {
    private(set) var all: [CancelAccount] = []

    mutating func add(_ account: CancelAccount) {
        account.checkEnding()
        all.append(account)
    }

    /// Looks at what was drawn and interrupted meanwhile, and prints the figures.
    ///
    /// - Parameter orphans: Tasks of others that a killed process had sent, and that whoever took over had to stop.
    func check(
        _ title: String,
        drawn: [Drawn],
        interruptions: [Interruption],
        orphans: Set<String> = [],
        seed: UInt64
    ) -> [Double] {
        let onTheWay = all.map { $0.checkDrawing(drawn) }.reduce(0, +)
        let cancelled = Set(all.map { "iq-\($0.job.id)-" })
        func isAsked(_ task: String) -> Bool { orphans.contains(task) || cancelled.contains { task.hasPrefix($0) } }
        for interruption in interruptions {
            #expect(interruption.hit.map(isAsked) ?? true, "an interrupt hit another job; seed \(seed)")
        }
        for generation in drawn where generation.wasCut {
            #expect(isAsked(generation.task), "another job was cut short; seed \(seed)")
        }
        let latencies = all.compactMap { $0.latency(interruptions) }
        let words = Dictionary(grouping: all, by: \.word).mapValues(\.count).sorted { $0.key < $1.key }
        print(
            """
            \(title), seed \(seed): \(all.count) cancels, \(words.map { "\($0.value) \($0.key)" }); \
            \(onTheWay) met a request on its way; from its return to the interrupt: \(latencies.inMilliseconds)
            """
        )
        return latencies
    }
}
