import Foundation
import ImageQueueCore
import ImageQueueStore
import ImageQueueTesting
import ProcessSupport
import Testing

extension CrashHarness {
    /// Cancels of jobs that another process draws, also of one that dies or has just died.
    @Suite struct CancelProcessTests {
        private enum Meeting: CaseIterable {
            case drawing
            case killedBefore
            case anotherDrawing
            case killedAfter
            case command
        }

        @Test("A cancel reaches the process that draws within 250 ms, and holds whoever dies")
        func processes() async throws {
            let seed = CrashHarness.seed()
            var chance = SeededGenerator(seed: seed)
            try await Sandbox.with(["IQCTL_DEATH_LIMIT": "1000"]) { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 20)
                var configuration = SQLiteStoreConfiguration(databasePath: box.database)
                configuration.deathLimit = 1000
                let store = try await SQLiteJobStore.open(configuration)
                let queue = ImageQueue(store: store)
                let crew = Crew(box, store: store, forge: forge.url)
                try crew.hire(2)
                let undisturbed = try await end(of: try await queue.submit(CancelRace.neighbour).jobID, queue)
                let reference = try #require(undisturbed.images.first?.sha256)
                var accounts = CancelAccounts()
                var orphans: Set<String> = []
                for round in 0..<CrashHarness.rounds(short: 15, long: 150) {
                    let meeting = Meeting.allCases[round % Meeting.allCases.count]
                    let (account, other) = try await self.round(meeting, queue, crew, box, &chance)
                    accounts.add(account)
                    #expect(other.state == .complete)
                    #expect(other.images.map(\.sha256) == [reference])
                    // A death, and nothing else, lets B be begun again.
                    #expect(other.attempt == 1 || !account.isHolderLeftAlive)
                    for attempt in 1..<other.attempt { orphans.insert("iq-\(other.id)-\(attempt)-0") }
                }
                #expect(try await crew.dismiss() == [0, 0])
                await store.close()
                let log = try forge.log()
                let latencies = accounts.check(
                    "cancels against processes",
                    drawn: Drawn.all(in: log),
                    interruptions: log.compactMap(Interruption.init),
                    orphans: orphans,
                    seed: seed
                )
                #expect(Drawn.mostAtOnce(in: log) == 1)
                #expect(latencies.count >= 3, "too few met a drawing to tell")
                #expect(latencies.median <= 0.25)
            }
        }

        private func round(
            _ meeting: Meeting,
            _ queue: ImageQueue,
            _ crew: Crew,
            _ box: Sandbox,
            _ chance: inout SeededGenerator
        ) async throws -> (CancelAccount, Job) {
            let holder = try await crew.untilSomebodyHolds()
            var submission = Submission(request: .small("A", seed: 2, steps: 20))
            submission.request.drawing?.pictureCount = Int.random(in: 1...2, using: &chance)
            let job = try await queue.submit(submission).jobID
            let other = try await queue.submit(CancelRace.neighbour).jobID
            // The moments of the cancel and of the blow are drawn by lot; nothing is waited for.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...350, using: &chance)))
            if meeting == .killedBefore { holder.send(SIGKILL) }
            let outcome: CancelOutcome
            let told: Date
            if meeting == .command {
                outcome = try await self.command(job, box)
                told = .now
            } else {
                outcome = try await queue.cancel(job)
                told = .now
            }
            let attempt = try #require(try await queue.status(of: job)).attempt
            if meeting == .killedAfter {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...40, using: &chance)))
                holder.send(SIGKILL)
            }
            let isKilled = meeting == .killedBefore || meeting == .killedAfter
            if isKilled {
                try await crew.bury(holder)
                try crew.hire()
            }
            let account = CancelAccount(
                outcome: outcome,
                told: told,
                attempt: attempt,
                job: try await end(of: job, queue),
                isHolderLeftAlive: !isKilled
            )
            return (account, try await end(of: other, queue))
        }

        /// Cancels as somebody at a terminal does.
        private func command(_ job: JobID, _ box: Sandbox) async throws -> CancelOutcome {
            let finished = try await box.run("cancel", "--no-wait", "--json", "\(job)")
            switch finished.status {
            case 0: return .cancelled
            case 75: return .requested(stillDrawing: false)
            case 1:
                let word = try finished.object().string("status")
                return .alreadyEnded(word == "complete" ? .complete : .failed)
            default: throw Timeout(description: "iqctl cancel: \(finished.status) \(finished.errors)")
            }
        }

        private func end(of id: JobID, _ queue: ImageQueue) async throws -> Job {
            #expect(try await queue.history(of: id).filter(\.isFinal).count == 1)
            return try #require(try await queue.status(of: id))
        }
    }
}
