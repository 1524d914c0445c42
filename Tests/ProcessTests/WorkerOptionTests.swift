import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// What can be told to a worker about failing Forges, and who gets the password.
    @Suite struct WorkerOptionTests {
        @Test("A rule for a failure takes effect", arguments: [("fail", 1), ("at-once:3", 3)])
        func rule(text: String, tries: Int) async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, faults: ["error=RuntimeError:x@txt2img"])
                let job = try await box.object("submit", "--detach", "--json", "--steps", "1", "kedi")
                let rule = "backend_failed=\(text)"
                _ = try await box.run("worker", "--drain", "--forge", forge.url, "--on-failure", rule)
                let status = try await box.status(try #require(job.string("job_id")))
                #expect(status.string("status") == "error")
                #expect(try forge.requests(to: "/sdapi/v1/txt2img").count == tries)
            }
        }

        @Test(
            "What is no rule is refused with what would be one, and no file is made",
            arguments: [
                (["worker", "--on-failure", "no_such=fail"], "out_of_memory"),
                (["worker", "--on-failure", "hung=retry"], "retry:N"),
                (["worker", "--on-failure", "hung=retry:0"], "retry:N"),
                (["worker", "--stall-limit", "0"], "--stall-limit"),
                (["submit", "--extra", "clip=2", "kedi"], "refiner_switch_at"),
                (["submit", "--extra", "eta", "kedi"], "NAME=VALUE"),
            ]
        )
        func refused(arguments: [String], told: String) async throws {
            try await Sandbox.with { box in
                let finished = try await box.start(arguments).finish()
                #expect(finished.status == 64, "\(finished.errors)")
                #expect(finished.errors.contains(told), "\(finished.errors)")
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }

        @Test("The password goes to the Forges that were named, and to none that only the database names")
        func password() async throws {
            try await Sandbox.with { box in
                let auth = ["IQCTL_FORGE_AUTH": "ada:right"]
                let locked = try await SimulatorProcess.start(in: box, environment: auth).url
                _ = try box.start("worker", "--forge", locked, adding: auth)
                _ = try await eventually("the worker is known") {
                    let found = try await box.run("backends", "--json", adding: auth)
                    return try found.objects().first { $0.string("backend") == locked }
                }
                let known = try await box.run("backends", "--json", adding: auth)
                #expect(try known.objects().map { $0.string("state") } == ["unauthorized"])
                #expect(known.errors.contains("IQCTL_FORGE_AUTH is not sent to \(locked)"), "\(known.errors)")
                let named = try await box.run("backends", "--json", "--forge", locked, adding: auth)
                #expect(try named.objects().map { $0.string("state") } == ["ready"])
                #expect(!named.errors.contains("IQCTL_FORGE_AUTH"))
                let doctor = try await box.run("doctor", "--forge", locked, adding: auth)
                #expect(doctor.status == 0, "\(doctor.output)")
            }
        }
    }
}
