import Foundation
import ImageQueueCore
import ImageQueueStore
import ImageQueueTesting
import ProcessSupport
import Testing

/// Keep the queue filled, from processes of their own and from this one, until the ledger is closed.
struct Submitters {
    let box: Sandbox
    let queue: ImageQueue
    let ledger: Ledger

    /// Enough that workers never run dry, and no more than is drawn soon after the last kill.
    private static let backlog = 6

    /// `iqctl submit --detach`, some of them killed at a random moment and then run again with the same key.
    func fromProcesses(seed: UInt64) async throws {
        var chance = SeededGenerator(seed: seed)
        while try await isWanted() {
            let key = "process-\(UUID().uuidString)"
            let pictures = Int.random(in: 1...3, using: &chance)
            let arguments = [
                "submit", "--detach", "--json", "--width", "64", "--height", "64", "--steps", "6", "--seed", "7",
                "--count", "\(pictures)", "--owner", "\(Int.random(in: 0...2, using: &chance))", "--key", key, "kedi",
            ]
            if Int.random(in: 0...2, using: &chance) == 0 {
                let hasty = try box.start(arguments)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &chance)))
                hasty.send(SIGKILL)
                _ = try await hasty.finish()
            }
            let finished = try await box.start(arguments).finish()
            #expect(finished.status == 0, "\(finished.errors)")
            let job = try #require(try finished.object().string("job_id"))
            ledger.acknowledged(key, Ledger.Entry(job: job, pictures: pictures))
        }
    }

    /// By the library, in pairs with the same key, as a server whose client tries again.
    func fromThisProcess(seed: UInt64) async throws {
        var chance = SeededGenerator(seed: seed)
        while try await isWanted() {
            let key = "server-\(UUID().uuidString)"
            var submission = Submission(request: .small("köpek", seed: 8, steps: 6))
            submission.request.drawing?.pictureCount = Int.random(in: 1...3, using: &chance)
            submission.key = key
            submission.owner = Owner(rawValue: "server")
            let wanted = submission
            async let first = queue.submit(wanted)
            async let second = queue.submit(wanted)
            for receipt in try await [first, second] {
                let entry = Ledger.Entry(job: "\(receipt.jobID)", pictures: submission.request.pictureCount)
                ledger.acknowledged(key, entry)
            }
        }
    }

    /// Waits while enough is queued; answers whether there is to be more.
    private func isWanted() async throws -> Bool {
        while !ledger.isOver {
            let waiting = try await queue.list(JobFilter(states: JobFilter.unfinished), limit: Self.backlog)
            if waiting.jobs.count < Self.backlog { return true }
            try await Task.sleep(for: .milliseconds(30))
        }
        return false
    }
}

extension TextToImageRequest {
    /// The smallest picture that is allowed.
    static func small(_ prompt: String, seed: Int64, steps: Int) -> TextToImageRequest {
        var request = TextToImageRequest(prompt: prompt)
        request.width = 64
        request.height = 64
        request.seed = seed
        request.steps = steps
        return request
    }
}
