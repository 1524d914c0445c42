import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

extension ProcessTests {
    /// One process that draws on several Forges.
    @Suite struct SeveralForgesTests {
        private func submit(_ count: Int, in box: Sandbox) async throws -> [String] {
            var jobs: [String] = []
            for number in 0..<count {
                let job = try await box.object("submit", "--detach", "--json", "--steps", "10", "\(number)")
                jobs.append(try #require(job.string("job_id")))
            }
            return jobs
        }

        private func drawn(by forge: SimulatorProcess) throws -> Int {
            try forge.log().count { $0.string("event") == "generation_ended" }
        }

        @Test("A worker draws on all, named one by one or in the environment", arguments: [true, false])
        func all(areArguments: Bool) async throws {
            try await Sandbox.with { box in
                let first = try await SimulatorProcess.start(in: box)
                let second = try await SimulatorProcess.start(in: box)
                let jobs = try await submit(6, in: box)
                let worker =
                    areArguments
                    ? try await box.run("worker", "--drain", "--forge", first.url, "--forge", second.url)
                    : try await box.run(
                        "worker",
                        "--drain",
                        adding: ["IQCTL_FORGE_URL": "\(first.url), \(second.url)"]
                    )
                #expect(worker.status == 0, "\(worker.errors)")
                for job in jobs { #expect(try await box.status(job).string("status") == "complete") }
                #expect(try drawn(by: first) > 0)
                #expect(try drawn(by: second) > 0)
                #expect(try drawn(by: first) + drawn(by: second) == 6)
            }
        }

        @Test("One that is down is no harm to a worker or a submit that has another")
        func oneIsDown() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                let down = "http://127.0.0.1:1"
                let submitted = try await box.run("submit", "--forge", down, "--forge", forge.url, "--json", "kedi")
                #expect(submitted.status == 0, "\(submitted.errors)")
                #expect(try submitted.object().string("status") == "complete")
                let jobs = try await submit(3, in: box)
                let worker = try await box.run("worker", "--drain", "--forge", down, "--forge", forge.url)
                #expect(worker.status == 0, "\(worker.errors)")
                for job in jobs { #expect(try await box.status(job).string("status") == "complete") }
                let both = try await box.run("submit", "--forge", down, "--forge", "http://127.0.0.1:2", "x")
                #expect(both.status == 69)
                #expect(both.errors.contains(down) && both.errors.contains("http://127.0.0.1:2"))
            }
        }

        @Test("A drained Forge takes no job from any process, and is told so; added again it draws at once")
        func drain() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let worker = try box.start("worker", "--forge", forge.url, "--exclusive")
                func backend() async throws -> JSONObject {
                    try #require(try await box.run("backends", "--json").objects().first)
                }
                _ = try await eventually("its worker has told of it") {
                    let told = try await backend()
                    return told.string("breaker") == "closed" ? told : nil
                }
                #expect(try await backend()["shared"] == .bool(false))
                #expect(try await backend()["drained"] == .bool(false))
                #expect(try await box.run("backends", "drain", forge.url + "/").status == 0)
                let waiting = try await box.run("submit", "--detach", "--key", "told", "waits")
                #expect(waiting.errors.contains("\(forge.url) is drained"), "\(waiting.errors)")
                #expect(try await box.run("doctor", "--forge", forge.url).output.contains("is drained"))
                #expect(try await box.run("cancel", "--queued").status == 0)
                #expect(try await backend().flag("drained"))
                let line = try await box.run("backends").output
                #expect(line.contains("drained  held by") && line.contains("breaker closed  exclusive"), "\(line)")
                let job = try #require(try await submit(1, in: box).first)
                // Another worker, which begins now, knows it as well.
                let other = try await box.run("worker", "--drain", "--forge", forge.url)
                #expect(other.status == 0, "\(other.errors)")
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await box.status(job).string("status") == "queued")
                #expect(try drawn(by: forge) == 0)
                let added = ContinuousClock.now
                #expect(try await box.run("backends", "add", forge.url).status == 0)
                _ = try await box.wait(for: job, "complete") { $0.string("status") == "complete" }
                print("added again, to the end of a job of 50 ms: \(added.duration(to: .now))")
                for command in ["drain", "add"] {
                    let unknown = try await box.run("backends", command, "http://127.0.0.1:1")
                    #expect(unknown.status == 3)
                    #expect(unknown.errors.contains("http://127.0.0.1:1") && unknown.errors.contains(forge.url))
                    #expect(try await box.run("backends", command, "nonsense://x").status == 64)
                    #expect(try await box.run("backends", command, forge.url, "--owner", "ada").status == 77)
                }
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
            }
        }

        @Test("No more jobs of one owner are drawn at once than --max-per-owner, over two workers")
        func maximumPerOwner() async throws {
            try await Sandbox.with { box in
                let first = try await SimulatorProcess.start(in: box)
                let second = try await SimulatorProcess.start(in: box)
                var jobs: [String] = []
                for number in 0..<8 {
                    let owner = number < 6 ? "ada" : "bob"
                    let submitted = try await box.object(
                        "submit",
                        "--detach",
                        "--json",
                        "--steps",
                        "10",
                        "--owner",
                        owner,
                        "\(owner) \(number)"
                    )
                    jobs.append(try #require(submitted.string("job_id")))
                }
                for forge in [first, second] {
                    _ = try box.start("worker", "--forge", forge.url, "--max-per-owner", "1")
                }
                for job in jobs { _ = try await box.wait(for: job, "complete") { $0.string("status") == "complete" } }
                #expect(try drawn(by: first) > 0 && drawn(by: second) > 0)
                let spans = try [first, second].flatMap { forge in
                    try forge.log().filter { $0.string("event") == "generation_ended" }.map { line in
                        let began = line.number("time") ?? 0
                        return (
                            owner: line.string("prompt")?.prefix(3), began: began,
                            ended: began + (line.number("elapsed") ?? 0)
                        )
                    }
                }
                for span in spans {
                    let beside = spans.count {
                        $0.owner == span.owner && $0.began < span.began && span.began < $0.ended
                    }
                    #expect(beside == 0, "\(spans)")
                }
                #expect(try await box.run("worker", "--max-per-owner", "0").status == 64)
            }
        }

        @Test("The same Forge twice is refused, however it is written, and no file is made")
        func twice() async throws {
            try await Sandbox.with { box in
                for command in [["worker"], ["submit", "x"]] {
                    let finished = try await box.start(
                        command + ["--forge", "http://Localhost:7860", "--forge", "HTTP://localhost:7860/"]
                    ).finish()
                    #expect(finished.status == 64)
                    #expect(finished.errors.contains("http://localhost:7860"))
                    #expect(finished.errors.contains("twice"))
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }
    }
}
