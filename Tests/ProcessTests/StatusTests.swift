import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct StatusTests {
        @Test("A relative path is meant from where the command was started")
        func relative() async throws {
            try await Sandbox.with { box in
                let receipt = try await box.object("submit", "--detach", "--json", "x", "--database", "below/q.db")
                let job = try #require(receipt.string("job_id"))
                #expect(FileManager.default.fileExists(atPath: box.file("below/q.db")))
                let status = try await box.object("status", job, "--json", "--database", "below/../below/q.db")
                #expect(status.string("job_id") == job)
            }
        }

        @Test("Another process sees the job being drawn, ever further, and then complete")
        func growing() async throws {
            try await Sandbox.with { box in
                let submit = try box.start("submit", "--simulate", "--step-time", "400", "--json", "x")
                let id = try await eventually("the job is listed") {
                    let listed = try await box.run("list", "--json")
                    return listed.status == 0 ? try listed.objects().first?.string("job_id") : nil
                }
                var seen: [Int64] = []
                while submit.isRunning {
                    let status = try await box.status(id)
                    guard status.string("status") == "processing" else { continue }
                    seen.append(try #require(status.integer("progress")))
                }
                #expect(seen == seen.sorted())
                #expect(Set(seen).count >= 4, "\(seen)")
                #expect(seen.allSatisfy { (0...99).contains($0) })

                let printed = try await submit.finish().object()
                let status = try await box.status(id)
                #expect(status.string("status") == "complete")
                #expect(status.strings("image_paths") == printed.strings("image_paths"))
                #expect(status.strings("image_paths").count == 1)
            }
        }

        @Test("watch tells every event of a job and ends with it")
        func watch() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 60)
                let receipt = try await box.object("submit", "--detach", "--json", "x")
                let id = try #require(receipt.string("job_id"))
                let watch = try box.start("watch", id, "--json")
                _ = try await eventually("watching") { watch.standardOutput.contains("QUEUED") ? true : nil }
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                let finished = try await watch.finish()
                #expect(finished.status == 0)
                let events = try finished.objects()
                #expect(events.last?.string("event") == "COMPLETE")
                #expect(events.filter { $0["final"] == true }.count == 1)
                let shares = events.compactMap { $0.integer("progress") }
                #expect(shares == shares.sorted() && shares.last == 100)

                let cursor = try #require(events.first?.string("cursor"))
                let replay = try await box.run("watch", id, "--json", "--after", cursor)
                #expect(try replay.objects().map { $0.string("event") } == ["COMPLETE"])
            }
        }

        @Test("A paused queue hands out nothing until it is resumed")
        func pause() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                #expect(try await box.run("pause").status == 0)
                let submitted = try await box.run("submit", "--detach", "--json", "x")
                let id = try #require(try submitted.object().string("job_id"))
                #expect(submitted.errors.contains("paused"))
                let worker = try await box.run("worker", "--drain", "--forge", forge.url)
                #expect(worker.status == 0)
                #expect(worker.errors.contains("paused"))
                #expect(try await box.run("workers").errors.contains("paused"))
                #expect(try await box.run("doctor", "--forge", forge.url).output.contains("paused"))
                #expect(try await box.status(id).string("status") == "queued")
                #expect(try await box.run("resume").status == 0)
                #expect(try await !box.run("workers").errors.contains("paused"))
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                #expect(try await box.status(id).string("status") == "complete")
            }
        }

        @Test("--on-start says whether the queue draws, and as it was is what it says by default")
        func onStart() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let id = try #require(try await box.object("submit", "--detach", "--json", "x").string("job_id"))
                let database = DatabaseProbe(path: box.database)
                let paused = "SELECT value FROM settings WHERE name = 'paused'"
                for (arguments, isPaused) in [
                    (["--on-start", "paused"], "1"), ([], "1"), (["--on-start", "as-it-was"], "1"),
                ] as [([String], String)] {
                    let worker = ["worker", "--drain", "--forge", forge.url] + arguments
                    #expect(try await box.start(worker).finish().status == 0)
                    #expect(try database.text(paused) == isPaused)
                    #expect(try await box.status(id).string("status") == "queued")
                }
                let worker = try await box.run("worker", "--drain", "--forge", forge.url, "--on-start", "run")
                #expect(worker.status == 0)
                #expect(try database.text(paused) == "0")
                #expect(try await box.status(id).string("status") == "complete")
            }
        }
    }
}
