import Foundation
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
