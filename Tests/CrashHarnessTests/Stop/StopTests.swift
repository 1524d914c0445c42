import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport
import Testing

extension CrashHarness {
    /// A worker is told to stop in mid-job while another stands by at the same Forge.
    @Suite struct StopTests {
        // What takes some milliseconds may take seconds where the machine is held up: the limits are below what it would
        // take without.

        /// Whoever stands by is told of a release by the doorbell, and not by a slow look of a minute.
        private static let afterRelease = 15.0
        /// Of a death he learns at his slow look, within a second; what the dead one had sent is then stopped first, which
        /// would take it nine seconds more.
        private static let afterDeath = 7.0

        @Test("SIGTERM in mid-job: the picture is finished, and whoever stands by draws the next one at once")
        func terminated() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 150)
                let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                let queue = ImageQueue(store: store)
                let crew = Crew(box, store: store, forge: forge.url)
                try crew.hire(2)
                let holder = try await crew.untilSomebodyHolds()
                var submission = Submission(request: .small("three", seed: 5, steps: 20))
                submission.request.drawing?.pictureCount = 3
                let job = try await queue.submit(submission).jobID
                try await eventually("the first picture is drawn") {
                    try await queue.status(of: job)?.progress.flatMap { $0.fraction > 0.05 ? () : nil }
                }
                holder.send(SIGTERM)
                try await crew.bury(holder)
                _ = try await queue.history(of: job)
                let ended = try #require(try await queue.status(of: job))
                #expect(ended.state == .complete)
                #expect(ended.attempt == 2)
                #expect(ended.images.map(\.attempt) == [1, 2, 2], "what was finished is kept")
                let lines = try forge.log()
                let drawn = Drawn.all(in: lines)
                #expect(drawn.map(\.task) == ended.images.map { "iq-\(job)-\($0.attempt)-\($0.number)" })
                #expect(drawn.allSatisfy { !$0.wasCut })
                let end = try #require(lines.first { $0.string("event") == "generation_ended" })
                let gap = try gap(from: end, to: drawn[1])
                #expect(gap < 5)
                #expect(try await crew.dismiss() == [0])
                await store.close()
                print("SIGTERM in mid-job: the next worker drew on after \(Int(gap * 1000)) ms")
            }
        }

        @Test("The second SIGTERM leaves at once, and whoever stands by begins again at once")
        func leavesAtOnce() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 150)
                let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                let queue = ImageQueue(store: store)
                let crew = Crew(box, store: store, forge: forge.url)
                try crew.hire(2)
                let holder = try await crew.untilSomebodyHolds()
                let job = try await queue.submit(Submission(request: .small("long", seed: 5, steps: 60))).jobID
                try await eventually("the picture is drawn") {
                    try await queue.status(of: job)?.progress.flatMap { $0.fraction > 0.05 ? () : nil }
                }
                holder.send(SIGTERM)
                try await eventually("the first is heard") {
                    holder.standardErrors.contains("stopping") ? () : nil
                }
                let left = Date.now
                holder.send(SIGTERM)
                try await crew.bury(holder)
                let gone = Date.now.timeIntervalSince(left)
                let again = try await eventually("it is drawn again") {
                    Drawn.all(in: try forge.log()).dropFirst().first
                }
                let gap = again.started.timeIntervalSince(left)
                #expect(gone < 6, "its picture takes nine seconds")
                #expect(gap < Self.afterDeath)
                #expect(again.task == "iq-\(job)-2-0")
                _ = try await queue.history(of: job)
                #expect(try await queue.status(of: job)?.state == .complete)
                #expect(try await crew.dismiss() == [0])
                await store.close()
                print("second SIGTERM: drawn again after \(Int(gap * 1000)) ms")
            }
        }

        @Test("A picture that takes longer than the limit is interrupted and the job given back, no try spent")
        func releases() async throws {
            try await Sandbox.with { box in
                var configuration = SimulatorConfiguration()
                configuration.stepTime = .milliseconds(50)
                try await ForgeSimulator.withServer(configuration) { forge in
                    let store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: box.database))
                    let files = try DirectoryImageFiles(directory: box.images)
                    let queue = ImageQueue(store: store)
                    func worker(grace: Duration) throws -> ImageWorker {
                        var settings = WorkerConfiguration()
                        settings.stopGrace = grace
                        settings.slowLook = .seconds(60)
                        let forge = try ForgeConfiguration(baseURL: forge.baseURL.absoluteString)
                        return ImageWorker(
                            queue: queue,
                            backends: [ForgeGenerator(configuration: forge)],
                            files: files,
                            configuration: settings
                        )
                    }
                    let first = try worker(grace: .milliseconds(300))
                    let second = try worker(grace: .seconds(20))
                    let job = try await queue.submit(Submission(request: .small("long", seed: 5, steps: 150))).jobID
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await first.run() }
                        try await eventually("the picture is drawn") {
                            try await queue.status(of: job)?.progress.flatMap { $0.fraction > 0.05 ? () : nil }
                        }
                        group.addTask { try await second.run() }
                        let told = ContinuousClock.now
                        first.stop()
                        try await group.next()
                        #expect(
                            told.duration(to: .now) < .seconds(6),
                            "its limit is 0.3 s, and the picture takes seven and a half"
                        )
                        let history = try await queue.history(of: job)
                        #expect(history.map(\.kind) == [.queued, .queued, .complete])
                        second.stop()
                        try await group.waitForAll()
                    }
                    let ended = try #require(try await queue.status(of: job))
                    #expect(ended.state == .complete)
                    let drawn = forge.generations
                    #expect(drawn.map(\.taskID) == ["iq-\(job)-1-0", "iq-\(job)-2-0"])
                    #expect(drawn.map(\.interrupted) == [true, false])
                    let gap = try #require(drawn.first?.ended).duration(to: try #require(drawn.last).started)
                    #expect(gap < .seconds(Self.afterRelease))
                    print("released at its limit: drawn again after \(Int(gap / .milliseconds(1))) ms")
                    await files.close()
                    await store.close()
                }
            }
        }

        private func gap(from ending: JSONObject, to next: Drawn) throws -> Double {
            let started = try #require(ending.number("time"))
            let elapsed = try #require(ending.number("elapsed"))
            return next.started.timeIntervalSince1970 - started - elapsed
        }
    }
}
