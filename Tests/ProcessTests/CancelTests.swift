import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct CancelTests {
        @Test("Cancelling a running and a queued job interrupts that very task and nothing else")
        func fenced() async throws {
            let expected = try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                return try await picture(in: box, of: forge)
            }
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 100)
                let worker = try box.start("worker", "--forge", forge.url)
                let long = try await box.object("submit", "--detach", "--json", "--steps", "150", "a")
                let running = try #require(long.string("job_id"))
                let queued = try #require(try await box.object("submit", "--detach", "--json", "b").string("job_id"))
                _ = try await box.wait(for: running, "drawn") { ($0.integer("progress") ?? 0) >= 10 }

                let first = try await box.object("cancel", queued, "--json")
                #expect(first.string("outcome") == "cancelled")
                let second = try await box.object("cancel", running, "--json")
                #expect(second.string("outcome") == "cancelled")
                for job in [running, queued] {
                    let status = try await box.status(job)
                    #expect(status.string("status") == "error")
                    #expect(status.string("error_code") == "cancelled")
                    #expect(status.strings("image_paths").isEmpty)
                }
                #expect(try await picture(in: box, of: forge) == expected)

                let interrupts = try forge.requests(to: "/sdapi/v1/interrupt")
                #expect(!interrupts.isEmpty)
                for interrupt in interrupts {
                    #expect(interrupt.string("active_at_arrival")?.hasPrefix("iq-\(running)-") == true)
                }
                #expect(try forge.requests(to: "/sdapi/v1/skip").isEmpty)
                #expect(try forge.generations(of: queued).isEmpty)

                #expect(try await box.run("cancel", running).status == 1)
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
            }
        }

        /// The bytes of a picture whose prompt and seed are always the same.
        private func picture(in box: Sandbox, of forge: SimulatorProcess) async throws -> Data {
            let job = try await box.object("submit", "--json", "--forge", forge.url, "--seed", "42", "the next one")
            return try Data(contentsOf: URL(filePath: try #require(job.strings("image_paths").first)))
        }

        @Test("Bulk cancel ends what matches, and says nothing about the rest")
        func bulk() async throws {
            try await Sandbox.with { box in
                let mine = try await box.object("submit", "--detach", "--json", "--conversation", "c1", "a")
                let other = try await box.object("submit", "--detach", "--json", "--conversation", "c2", "b")
                let cancelled = try await box.object("cancel", "--conversation", "c1", "--json")
                #expect(cancelled.string("job_id") == mine.string("job_id"))
                let id = try #require(other.string("job_id"))
                #expect(try await box.status(id).string("status") == "queued")
                #expect(try await box.run("cancel", "--all").status == 0)
                #expect(try await box.status(id).string("error_code") == "cancelled")
                #expect(try await box.run("cancel", "--all").status == 0)
            }
        }

        @Test("--queued ends what waits and leaves what is being drawn; --after-picture ends what waits at once")
        func queuedOnly() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 500)
                let worker = try box.start("worker", "--forge", forge.url)
                func submit(_ arguments: String...) async throws -> String {
                    let receipt = try await box.start(["submit", "--detach", "--json"] + arguments).finish().object()
                    return try #require(receipt.string("job_id"))
                }
                let drawn = try await submit("--conversation", "c1", "a")
                _ = try await box.wait(for: drawn, "drawn") { $0.string("status") == "processing" }
                let mine = try await submit("--conversation", "c1", "b")
                let later = try await submit("--conversation", "c1", "--delay", "3600", "c")
                let other = try await submit("--conversation", "c2", "--priority", "low", "d")
                let first = try await box.run("cancel", "--queued", "--conversation", "c1", "--after-picture", "--json")
                #expect(first.status == 0, "\(first.errors)")
                let objects = try first.objects()
                #expect(Set(objects.compactMap { $0.string("job_id") }) == [mine, later])
                #expect(objects.allSatisfy { $0.string("outcome") == "cancelled" })
                #expect(try await box.status(other).string("status") != "error")
                #expect(try await box.run("cancel", "--queued").status == 0)
                let end = try await box.wait(for: drawn, "over") { $0.string("status") != "processing" }
                #expect(end.string("status") == "complete", "\(end)")
                #expect(try forge.requests(to: "/sdapi/v1/interrupt").isEmpty)
                #expect(try forge.generations(of: mine).isEmpty)
                worker.send(SIGTERM)
                _ = try await worker.finish()
            }
        }

        @Test("--after-picture stores the picture that is being drawn, drops the rest, and interrupts nothing")
        func afterPicture() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 60)
                let worker = try box.start("worker", "--forge", forge.url)
                let receipt = try await box.object("submit", "--detach", "--json", "--count", "5", "a")
                let id = try #require(receipt.string("job_id"))
                _ = try await box.wait(for: id, "drawn") { $0.string("status") == "processing" }
                let cancelled = try await box.object("cancel", id, "--after-picture", "--json")
                #expect(cancelled.string("outcome") == "cancelled")
                let end = try await box.status(id)
                #expect(end.string("error_code") == "cancelled")
                #expect((1..<5).contains(end.strings("image_paths").count), "\(end)")
                for path in end.strings("image_paths") { #expect(FileManager.default.fileExists(atPath: path)) }
                #expect(try forge.requests(to: "/sdapi/v1/interrupt").isEmpty)
                worker.send(SIGTERM)
                _ = try await worker.finish()
            }
        }

        @Test("A shared Forge that can't tell whose picture it draws is not interrupted, and the answer says so")
        func stillDrawing() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 100, adding: ["--nowebui"])
                let worker = try box.start("worker", "--forge", forge.url)
                func drawn(_ arguments: String...) async throws -> String {
                    let submit = ["submit", "--detach", "--json", "a"]
                    let steps = arguments.isEmpty ? ["--steps", "30"] : arguments
                    let receipt = try await box.start(submit + steps).finish().object()
                    let id = try #require(receipt.string("job_id"))
                    _ = try await box.wait(for: id, "drawn") { ($0.integer("progress") ?? 0) >= 10 }
                    return id
                }
                let record = try await box.object("cancel", try await drawn(), "--json")
                #expect(record.string("outcome") == "cancelled")
                #expect(record.flag("still_drawing"))
                let last = try await drawn()
                let asked = try await box.run("cancel", "--no-wait", "--json", last)
                #expect(try asked.object().flag("still_drawing"), "\(asked)")
                // For as long as the next one is to wait behind it.
                let told = try await box.run("cancel", try await drawn("--steps", "150"))
                #expect(told.output.contains("cancelled; Forge can't be stopped and finishes the picture"), "\(told)")
                let waiting = try await box.object("submit", "--detach", "--json", "b")
                let ended = try await box.object("cancel", try #require(waiting.string("job_id")), "--json")
                #expect(ended["still_drawing"] == nil, "it was never sent")
                #expect(try forge.requests(to: "/sdapi/v1/interrupt").isEmpty)
                worker.send(SIGTERM)
                _ = try await worker.finish()
            }
        }

        @Test("An owner cancels their own jobs only, however they are chosen")
        func owned() async throws {
            try await Sandbox.with { box in
                let receipt = try await box.object("submit", "--detach", "--json", "--owner", "ada", "a")
                let id = try #require(receipt.string("job_id"))
                #expect(try await box.run("cancel", "--all", "--owner", "bob").status == 0)
                #expect(try await box.run("cancel", "--queued", "--owner", "").status == 0)
                // A variable that was never set.
                #expect(try await box.run("cancel", "--owner", "").status == 64)
                #expect(try await box.run("cancel", id, "--owner", "bob").status == 3)
                #expect(try await box.status(id).string("status") == "queued")
                #expect(try await box.object("cancel", "--owner", "ada", "--json").string("job_id") == id)
                #expect(try await box.status(id).string("error_code") == "cancelled")
            }
        }

        @Test("The greatest code of several cancels is the command's")
        func worstCode() async throws {
            try await Sandbox.with { box in
                let id = try #require(try await box.object("submit", "--detach", "--json", "a").string("job_id"))
                let unknown = "01890000-0000-7000-8000-000000000000"
                let finished = try await box.run("cancel", id.uppercased(), unknown)
                #expect(finished.status == 3)
                #expect(finished.output.contains("\(id)  cancelled"))
                #expect(finished.errors.contains(unknown))
            }
        }
    }
}
