import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct VariationTests {
        private func bytes(_ paths: [String]) throws -> [Data] {
            try paths.map { try Data(contentsOf: URL(filePath: $0)) }
        }

        @Test(
            "Four variations are four pictures with four seeds; progress rises over all, and they appear as they come"
        )
        func oneJob() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 60)
                let run = try box.start("submit", "--forge", forge.url, "--json", "--seed", "7", "--variations", "a")
                let watch = try await eventually("the job is stored") { () async throws -> Launch? in
                    guard FileManager.default.fileExists(atPath: box.database) else { return nil }
                    let listed = try await box.run("list", "--json")
                    guard listed.status == 0, !listed.lines.isEmpty else { return nil }
                    return try box.start("watch", try #require(try listed.object().string("job_id")), "--json")
                }
                var counts: Set<Int> = []
                while run.isRunning {
                    let job = try await box.object("list", "--json")
                    if job.string("status") == "processing" { counts.insert(job.strings("image_paths").count) }
                    try await Task.sleep(for: .milliseconds(200))
                }
                let finished = try await run.finish()
                #expect(finished.status == 0, "\(finished.errors)")
                let job = try finished.object()
                #expect(job["seeds"] == [7, 8, 9, 10])
                let pictures = try bytes(job.strings("image_paths"))
                #expect(Set(pictures).count == 4)
                #expect(pictures.allSatisfy { $0.starts(with: [0x89, 0x50, 0x4E, 0x47]) })
                #expect(!counts.isDisjoint(with: [1, 2, 3]), "no picture was there before the end: \(counts)")

                let events = try await watch.finish().objects()
                let told = events.filter { $0.string("status") == "processing" }.compactMap { $0.integer("progress") }
                #expect(told == told.sorted())
                // A watcher is told the newest; a machine that is held up leaves out a picture.
                #expect(Set(told.map { $0 / 25 }).count >= 2, "progress over all: \(told)")
                let complete = try #require(events.last)
                #expect(complete.string("event") == "COMPLETE" && complete.flag("final"), "\(complete)")
                #expect(complete.strings("image_urls").count == 4)
                #expect(!told.contains(100))
            }
        }

        @Test("A cancel in the middle keeps what is finished and drops the half-drawn picture")
        func cancelled() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 60)
                let run = try box.start(
                    "submit",
                    "--forge",
                    forge.url,
                    "--json",
                    "--variations",
                    "4",
                    "--steps",
                    "40",
                    "a"
                )
                _ = try await eventually("a picture is there") {
                    guard FileManager.default.fileExists(atPath: box.database) else { return Int?.none }
                    let listed = try await box.run("list", "--json")
                    guard listed.status == 0, !listed.lines.isEmpty else { return nil }
                    let job = try listed.object()
                    return job.strings("image_paths").isEmpty ? nil : 1
                }
                run.send(SIGINT)
                let finished = try await run.finish()
                #expect(finished.status == 2, "\(finished.errors)")
                let job = try finished.object()
                #expect(job.string("error_code") == "cancelled")
                let paths = job.strings("image_paths")
                #expect((1..<4).contains(paths.count))
                let files = try FileManager.default.subpathsOfDirectory(atPath: box.images).filter {
                    $0.hasSuffix(".png")
                }
                #expect(files.count == paths.count, "\(files)")
                let id = try #require(job.string("job_id"))
                let drawn = try forge.log().filter { $0.string("event") == "generation_ended" }
                #expect(drawn.map { $0.string("task_id") } == (0...paths.count).map { "iq-\(id)-1-\($0)" })
                #expect(drawn.map { $0.flag("interrupted") } == paths.map { _ in false } + [true])
                #expect(job.object("metadata")?.strings("image_urls").count == paths.count)
            }
        }

        @Test("--spread is a job for each picture under one batch, and they are the same pictures")
        func spread() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let place = ["--forge", forge.url, "--json", "--seed", "7", "--width", "64", "--height", "64"]
                let whole = try await box.start(["submit", "--variations", "3"] + place + ["a"]).finish().object()
                let spread = try await box.start(["submit", "--variations", "3", "--spread"] + place + ["a"]).finish()
                #expect(spread.status == 0, "\(spread.errors)")
                let jobs = try spread.objects()
                #expect(jobs.count == 3)
                #expect(Set(jobs.compactMap { $0.integer("message_id") }).count == 3)
                let batches = Set(jobs.map { $0.object("metadata")?.string("batch_id") })
                #expect(batches.count == 1)
                let batch = try #require(batches.first ?? nil)
                #expect(try await box.run("list", "--batch", batch, "--json").objects().count == 3)
                #expect(jobs.map { $0["seeds"] } == [[7], [8], [9]])
                let parts = try jobs.flatMap { try bytes($0.strings("image_paths")) }
                let pictures = try bytes(whole.strings("image_paths"))
                #expect(parts == pictures)
                let told = spread.errors.split(separator: "\n").filter { $0.hasPrefix("PROGRESS") }
                    .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
                #expect(told == told.sorted(), "\(spread.errors)")
                #expect(spread.errors.split(separator: "\n").count { $0.contains("COMPLETE") } == 1)

                let receipts = try await box.run("submit", "--detach", "--variations", "3", "--spread", "--json", "b")
                #expect(receipts.lines.count == 3)
            }
        }

        @Test("Ctrl-C cancels a whole spread batch, but for what is complete")
        func cancelledSpread() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 60)
                let arguments = ["--forge", forge.url, "--json", "--variations", "4", "--spread", "--steps", "40", "a"]
                let run = try box.start(["submit"] + arguments)
                _ = try await eventually("a job is complete") {
                    guard FileManager.default.fileExists(atPath: box.database) else { return Int?.none }
                    let listed = try await box.run("list", "--state", "complete", "--json")
                    return listed.status == 0 && !listed.lines.isEmpty ? 1 : nil
                }
                run.send(SIGINT)
                let finished = try await run.finish()
                #expect(finished.status == 2, "\(finished.errors)")
                let jobs = try finished.objects()
                #expect(jobs.count == 4)
                let complete = jobs.filter { $0.string("status") == "complete" }
                #expect((1..<4).contains(complete.count))
                #expect(complete.allSatisfy { $0.strings("image_paths").count == 1 })
                let rest = jobs.filter { $0.string("status") != "complete" }
                #expect(rest.allSatisfy { $0.string("error_code") == "cancelled" })
            }
        }

        @Test("A spread batch exits as its worst job does")
        func worst() async throws {
            try await Sandbox.with { box in
                let faults = ["error=RuntimeError:broken@txt2img*1+1"]
                let forge = try await SimulatorProcess.start(in: box, stepTime: 2, faults: faults)
                let run = try await box.run("submit", "--forge", forge.url, "--json", "--spread", "a", "--variations=3")
                #expect(run.status == 1, "\(run.errors)")
                let states = try run.objects().map { $0.string("status") }
                #expect(states.count { $0 == "complete" } == 2 && states.count { $0 == "error" } == 1)
                #expect(run.errors.contains("broken"))
            }
        }

        @Test("A second pass, a subseed and strictness reach Forge; what is out of range is refused")
        func fields() async throws {
            try await Sandbox.with { box in
                let size = ["--width", "64", "--height", "64", "--steps", "2", "--seed", "1"]
                let hires = try await box.start(
                    ["submit", "--simulate", "--json", "--hires-scale", "1.5", "--strict"] + size + ["a"]
                ).finish()
                #expect(hires.status == 0, "\(hires.errors)")
                let path = try #require(try hires.object().strings("image_paths").first)
                let head = try Data(contentsOf: URL(filePath: path)).prefix(24)
                #expect(Array(head.suffix(8)) == [0, 0, 0, 96, 0, 0, 0, 96])

                let strict = try await box.start(
                    ["submit", "--simulate", "--json", "--strict", "--sampler", "NoSuch"] + size + ["a"]
                ).finish()
                #expect(strict.status == 1, "\(strict.errors)")
                #expect(try strict.object().string("error_code") == "not_as_asked")
                #expect(try strict.object().strings("image_paths").isEmpty)

                let leaning = try await box.start(
                    ["submit", "--simulate", "--json", "--subseed", "5", "--subseed-strength", "0.2", "--variations=2"]
                        + size + ["a"]
                ).finish().object()
                #expect(leaning["seeds"] == [1, 1])
                let variations = try bytes(leaning.strings("image_paths"))
                #expect(Set(variations).count == 2)

                for (arguments, word) in [
                    (["--hires-scale", "5"], "hires.scale"), (["--subseed", "5"], "subseed_strength"),
                    (["--variations=17"], "count"), (["--count", "2", "--variations=2"], "--variations"),
                ] {
                    let refused = try await box.start(["submit", "--detach"] + arguments + ["a"]).finish()
                    #expect(refused.status == 64, "\(arguments)")
                    #expect(refused.errors.contains(word), "\(refused.errors)")
                }
                #expect(try await box.run("list", "--json").objects().count == 3)
            }
        }
    }
}
