internal import ImageQueueConcurrency
internal import ImageQueueCore

/// The order of the queue as its definition says, counted the slow way, and random steps that try it.
struct OrderModel {
    private struct Waiting {
        let job: JobID
        let owner: String
        let priority: Priority
        let key: Int
        let number: Int

        func goesBefore(_ other: Waiting) -> Bool {
            if priority != other.priority { return priority > other.priority }
            return (key, number) < (other.key, other.number)
        }
    }

    private var generator: SeededGenerator
    private var waiting: [Waiting] = []
    private var held: [(claimed: ClaimedJob, was: Waiting)] = []
    private var virtualTime: [Priority: Int] = [:]
    private var lastKey: [String: Int] = [:]
    private var count = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func step(_ sut: StoreUnderTest, _ worker: LawWorker) async throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5: try await submit(sut)
        case 5..<7: try await claim(worker)
        case 7: try await end(worker)
        case 8: try await giveBack(worker)
        default: try await cancel(sut)
        }
    }

    private mutating func submit(_ sut: StoreUnderTest) async throws {
        let owner = ["a", "b", "c", "d"][Int.random(in: 0..<4, using: &generator)]
        let priority = Priority(rawValue: Int.random(in: 0...2, using: &generator)) ?? .normal
        let receipt = try await sut.submit(owner: owner, priority: priority)
        let level = "\(owner) \(priority)"
        let time = virtualTime[priority] ?? 0
        let last = max(time, lastKey[level].map { $0 + 1 } ?? 0)
        let key = waiting.contains { $0.owner == owner } ? last : min(last, time + 1)
        lastKey[level] = key
        count += 1
        let new = Waiting(job: receipt.jobID, owner: owner, priority: priority, key: key, number: count)
        waiting.append(new)
        try expectEqual(receipt.position, position(of: new), "the position at submit")
    }

    private mutating func claim(_ worker: LawWorker) async throws {
        let claimed = try await worker.claim()
        guard let index = waiting.indices.first(where: { position(of: waiting[$0]) == 1 }) else {
            return try expect(claimed == nil, "nothing waits, and something was claimed")
        }
        let first = waiting.remove(at: index)
        try expectEqual(claimed?.job.id, first.job, "the claimed job")
        if let claimed { held.append((claimed, first)) }
        virtualTime[first.priority] = max(virtualTime[first.priority] ?? 0, first.key)
    }

    private mutating func end(_ worker: LawWorker) async throws {
        guard let last = held.popLast() else { return }
        try await worker.settle(last.claimed, .complete([]))
    }

    private mutating func giveBack(_ worker: LawWorker) async throws {
        guard let last = held.popLast() else { return }
        try await worker.settle(last.claimed, .released(after: .zero))
        waiting.append(last.was)
    }

    private mutating func cancel(_ sut: StoreUnderTest) async throws {
        guard let index = waiting.indices.randomElement(using: &generator) else { return }
        let outcome = try await sut.store.cancel(waiting.remove(at: index).job, mode: .now, as: .operator)
        try expectEqual(outcome, .cancelled, "the cancel of a waiting job")
    }

    private func position(of job: Waiting) -> Int { 1 + waiting.filter { $0.goesBefore(job) }.count }

    func check(_ sut: StoreUnderTest, _ when: String) async throws {
        let jobs = try await sut.store.snapshot(matching: JobFilter(states: [.queued]), as: .operator).jobs
        let found = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0.position) })
        let wanted = Dictionary(uniqueKeysWithValues: waiting.map { ($0.job, Optional(position(of: $0))) })
        try expectEqual(found, wanted, "positions at \(when)")
    }
}

/// What `choose` was offered.
final class Seen: Sendable {
    private let state = Lock<[[ClaimRequest.Candidate]]>([])

    var offers: [[ClaimRequest.Candidate]] { state.withLock { $0 } }

    /// Notes the offer and takes none.
    func note(_ offer: [ClaimRequest.Candidate]) -> Int? {
        state.withLock { $0.append(offer) }
        return nil
    }
}
