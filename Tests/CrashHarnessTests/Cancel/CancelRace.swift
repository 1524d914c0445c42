import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueTesting
import ProcessSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Rounds of a cancel against a worker, in which A is what is cancelled and B must stay as it is.
struct CancelRace {
    /// What meets the cancel, or who asks.
    enum Meeting: CaseIterable {
        /// B waits behind A.
        case before
        /// B is drawn first, so that A is still waiting, or reserved.
        case behind
        /// Somebody asks who doesn't own A, then the owner, for all that is theirs.
        case owner
        /// A is a batch of three, cancelled as such.
        case batch
        /// Forge refuses connections for a moment: A is given back and taken again.
        case outage
        /// Forge's answer is lost: what failed may be tried again.
        case lostAnswer
    }

    private static let owner = Owner(rawValue: "a")
    private static let stranger = Owner(rawValue: "b")

    private let queue: ImageQueue
    private let forge: ForgeSimulator
    private let reference: String
    private var chance: SeededGenerator
    private(set) var accounts = CancelAccounts()

    /// Draws B once, undisturbed, to know what it looks like.
    init(queue: ImageQueue, forge: ForgeSimulator, seed: UInt64) async throws {
        self.queue = queue
        self.forge = forge
        chance = SeededGenerator(seed: seed)
        let receipt = try await queue.submit(Self.neighbour)
        _ = try await queue.history(of: receipt.jobID)
        let job = try #require(try await queue.status(of: receipt.jobID))
        reference = try #require(job.images.first?.sha256)
    }

    mutating func run(_ meeting: Meeting) async throws {
        var submission = Submission(request: .small("A", seed: 2, steps: 10))
        submission.request.drawing?.pictureCount = Int.random(in: 1...2, using: &chance)
        submission.owner = Self.owner
        let early = meeting == .behind || meeting == .owner ? try await queue.submit(Self.neighbour).jobID : nil
        if meeting == .lostAnswer { forge.order(.dropBeforeHead, for: .txt2img, times: 1) }
        let asked = Array(repeating: submission, count: meeting == .batch ? 3 : 1)
        let jobs = try await queue.submit(asked).map(\.jobID)
        let late = early == nil && meeting != .lostAnswer ? try await queue.submit(Self.neighbour).jobID : nil
        // The moments of the cancel and of the outage are drawn by lot; nothing is waited for.
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...220, using: &chance)))
        if meeting == .outage {
            forge.order(.refuseConnections(for: .milliseconds(60)), for: .any)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...80, using: &chance)))
        }
        for (job, outcome, told) in try await cancel(jobs, meeting) {
            let attempt = try #require(try await queue.status(of: job)).attempt
            let finals = try await queue.history(of: job).filter(\.isFinal)
            #expect(finals.count == 1)
            let ended = try #require(try await queue.status(of: job))
            accounts.add(CancelAccount(outcome: outcome, told: told, attempt: attempt, job: ended))
        }
        forge.clearFaults()
        if meeting == .outage {
            // Its refusals must not reach into the next round.
            let progress = try #require(URL(string: "http://127.0.0.1:\(forge.port)/sdapi/v1/progress"))
            _ = try await eventually("Forge answers again") { try? await URLSession.shared.data(from: progress) }
            // Nor what the worker makes of them, which may have met one beside a drawing: with one drawn since, it is over.
            _ = try await queue.history(of: try await queue.submit(Self.neighbour).jobID)
        }
        for job in [early, late].compactMap({ $0 }) { try await checkNeighbour(job, meeting) }
    }

    private func cancel(_ jobs: [JobID], _ meeting: Meeting) async throws -> [(JobID, CancelOutcome, Date)] {
        switch meeting {
        case .before, .behind, .outage, .lostAnswer:
            let outcome = try await queue.cancel(jobs[0])
            return [(jobs[0], outcome, .now)]
        case .owner:
            #expect(try await queue.cancel(jobs[0], as: .owner(Self.stranger)) == .notFound)
            let others = JobFilter(states: JobFilter.unfinished, owner: Self.owner)
            #expect(try await queue.cancel(matching: others, as: .owner(Self.stranger)).isEmpty)
            let outcomes = try await queue.cancel(matching: others, as: .owner(Self.owner))
            return try await told(jobs, outcomes)
        case .batch:
            let batch = try #require(try await queue.status(of: jobs[0])?.batch)
            let outcomes = try await queue.cancel(matching: JobFilter(states: JobFilter.unfinished, batch: batch))
            return try await told(jobs, outcomes)
        }
    }

    /// A cancel of many is silent about those that had ended before.
    private func told(
        _ jobs: [JobID],
        _ outcomes: [JobID: CancelOutcome]
    ) async throws -> [(JobID, CancelOutcome, Date)] {
        let now = Date.now
        #expect(Set(outcomes.keys).isSubset(of: jobs))
        var told: [(JobID, CancelOutcome, Date)] = []
        for job in jobs {
            if let outcome = outcomes[job] {
                told.append((job, outcome, now))
            } else {
                let state = try #require(try await queue.status(of: job)).state
                #expect(state.isFinal)
                told.append((job, .alreadyEnded(state), now))
            }
        }
        return told
    }

    private func checkNeighbour(_ id: JobID, _ meeting: Meeting) async throws {
        let history = try await queue.history(of: id)
        let job = try #require(try await queue.status(of: id))
        #expect(job.state == .complete)
        #expect(job.images.map(\.sha256) == [reference])
        guard meeting != .outage else { return }
        #expect(history.map(\.kind) == [.queued, .complete], "\(meeting)")
        #expect(job.attempt == 1)
    }

    static var neighbour: Submission {
        var submission = Submission(request: .small("B", seed: 1, steps: 8))
        submission.owner = stranger
        return submission
    }
}
