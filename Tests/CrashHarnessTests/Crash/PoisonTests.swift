import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport
import Testing

extension CrashHarness {
    @Suite struct PoisonTests {
        @Test("A job that kills its worker each time is set aside, and exactly that one")
        func poison() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 15)
                let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                let queue = ImageQueue(store: store)
                var others: [JobID] = []
                for number in 0..<5 { others.append(try await submit("before \(number)", queue)) }
                let poison = try await submit("poison", queue, steps: 150)
                for number in 0..<5 { others.append(try await submit("after \(number)", queue)) }
                let crew = Crew(box, store: store, forge: forge.url)
                try crew.hire(2)
                var seen = 0
                try await eventually("every job has ended", within: .seconds(60)) {
                    let drawn = try forge.generations(of: "\(poison)").count
                    if drawn > seen {
                        seen = drawn
                        // Its holder dies of it; whoever stands by takes over.
                        if let holder = try await store.workers().first(where: { $0.jobs.contains(poison) }),
                            let victim = crew.workers.first(where: {
                                $0.processID == holder.registration.processID
                            })
                        {
                            try await crew.kill(victim)
                            try crew.hire()
                        }
                    }
                    return try await queue.list(JobFilter(states: JobFilter.unfinished)).jobs.isEmpty ? () : nil
                }
                await box.untilNoFileIsUnnamed()
                #expect(try await crew.dismiss() == [0, 0])
                let aside = try #require(try await queue.status(of: poison))
                #expect(aside.state == .failed)
                #expect(aside.failure?.code == .workerLost)
                for job in others { #expect(try await queue.status(of: job)?.state == .complete) }
                // One death more than the limit where another job was in the same hands at the first.
                #expect((3...4).contains(seen))
                #expect(try box.unnamedFiles() == [])
                #expect(box.imageFiles().count == others.count)
                await store.close()
                print("poison harness: the job was begun \(seen) times")
            }
        }

        private func submit(_ prompt: String, _ queue: ImageQueue, steps: Int = 12) async throws -> JobID {
            try await queue.submit(Submission(request: .small(prompt, seed: 3, steps: steps))).jobID
        }
    }
}
