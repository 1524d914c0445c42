import ImageQueueTesting

@testable import ImageQueueCore

/// A queue and some backends in seconds that nobody waits for. It checks what it sees of a choice by itself.
struct ChoiceSimulation {
    private struct Entry {
        var job: JobID
        var model: String?
        var priority: Priority
        var seconds: Double
        var arrival: Double
    }

    private struct Backend {
        var choice = JobChoice()
        var freeAt = 0.0
        var loaded: String??
        var passes: [JobID: (count: Int, since: Double)] = [:]
    }

    private var random: SeededGenerator
    private var entries: [Entry] = []
    private var backends: [Backend]
    private var firstPassed: [JobID: Double] = [:]
    /// Takes the first each time, as if there were no choice.
    var isInOrder = false
    private var hasUrgent = false
    private(set) var drawn = 0
    private(set) var switches = 0
    private(set) var complaints: [String] = []

    init(seed: UInt64, backends count: Int) {
        random = SeededGenerator(seed: seed)
        backends = Array(repeating: Backend(), count: count)
    }

    mutating func add(model: String?, priority: Priority = .normal, seconds: ClosedRange<Double>, at arrival: Double) {
        let time = Double.random(in: seconds, using: &random)
        entries.append(Entry(job: .make(), model: model, priority: priority, seconds: time, arrival: arrival))
    }

    /// Random jobs that come in bursts.
    mutating func fill(jobs: Int, models: Int, hasUrgent: Bool) {
        self.hasUrgent = hasUrgent
        var now = 0.0
        let longest = Double.random(in: 0.2...8, using: &random)
        for _ in 0..<jobs {
            if Int.random(in: 0..<4, using: &random) == 0 { now += .random(in: 0...longest * 4, using: &random) }
            let model = Int.random(in: 0..<models, using: &random)
            let priority: Priority = hasUrgent && Int.random(in: 0..<12, using: &random) == 0 ? .high : .normal
            add(model: model == 0 ? nil : "m\(model)", priority: priority, seconds: 0.1...longest, at: now)
        }
    }

    mutating func run() {
        while !entries.isEmpty {
            guard let index = backends.indices.min(by: { backends[$0].freeAt < backends[$1].freeAt }) else { return }
            let now = backends[index].freeAt
            let waiting = entries.filter { $0.arrival <= now }.sorted {
                ($1.priority, $0.arrival) < ($0.priority, $1.arrival)
            }
            if waiting.isEmpty {
                backends[index].freeAt = entries.map(\.arrival).min() ?? now
            } else {
                take(from: Array(waiting.prefix(ClaimRequest.candidateLimit)), index, now)
            }
        }
    }

    private mutating func take(from waiting: [Entry], _ index: Int, _ now: Double) {
        let offer = waiting.map {
            ClaimRequest.Candidate(
                job: $0.job,
                owner: .nobody,
                priority: $0.priority,
                model: $0.model,
                isSuspect: false,
                waited: .seconds(now - $0.arrival)
            )
        }
        let chosen = isInOrder ? 0 : backends[index].choice.choose(offer) ?? 0
        let (first, entry) = (waiting[0], waiting[chosen])
        if chosen != 0 { pass(over: first, for: entry, index, now) }
        // Urgent jobs that come meanwhile go before it by right.
        if let since = firstPassed[entry.job], chosen == 0, !hasUrgent, now - since > 10 + 8.01 {
            complaints.append("stood first for \(now - since) s")
        }
        backends[index].choice.took(entry.job)
        backends[index].choice.begin(entry.model)
        if backends[index].loaded != .some(entry.model) { switches += 1 }
        backends[index].loaded = .some(entry.model)
        backends[index].freeAt = now + entry.seconds
        entries.removeAll { $0.job == entry.job }
        drawn += 1
    }

    private mutating func pass(over first: Entry, for entry: Entry, _ index: Int, _ now: Double) {
        var passed = backends[index].passes[first.job] ?? (0, now)
        passed.count += 1
        backends[index].passes[first.job] = passed
        if firstPassed[first.job] == nil { firstPassed[first.job] = now }
        if entry.priority != first.priority { complaints.append("passed over a more urgent one") }
        if backends[index].loaded != .some(entry.model) { complaints.append("passed over for nothing") }
        if passed.count > 16 || now - passed.since >= 10 { complaints.append("passed over too often: \(passed)") }
    }
}
