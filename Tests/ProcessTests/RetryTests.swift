import Foundation
import Testing

extension ProcessTests {
    @Suite struct RetryTests {
        @Test("retry draws the same picture as a new job that names the old one")
        func samePicture() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let place = ["--conversation", "c1", "--owner", "ada", "--priority", "high"]
                let submit = ["submit", "--detach", "--json"] + place + ["قطة 🐈 على السطح"]
                let first = try await box.start(submit).finish().object()
                let old = try #require(first.string("job_id"))
                #expect(try await box.run("cancel", old).status == 0)
                let before = try await box.status(old)

                let receipt = try await box.object("retry", old.uppercased(), "--owner", "ada", "--json")
                let id = try #require(receipt.string("job_id"))
                #expect(id != old)
                #expect(try #require(receipt.integer("message_id")) > #require(first.integer("message_id")))
                #expect(receipt.string("status") == "queued")
                #expect(receipt.integer("queue_position") == 1)
                #expect(receipt.object("metadata")?.string("retry_of") == old)
                #expect(receipt.object("metadata")?.string("prompt") == "قطة 🐈 على السطح")
                let plain = try await box.run("retry", old)
                #expect(plain.status == 0)
                #expect(plain.lines.count == 1 && plain.lines[0].count == 36)

                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                var pictures: [Data] = []
                var seeds: [String] = []
                for job in [id, plain.lines[0]] {
                    let status = try await box.status(job)
                    #expect(status.string("status") == "complete")
                    #expect(status.string("conversation_id") == "c1")
                    #expect(status.string("owner") == "ada")
                    #expect(status.object("metadata")?.string("retry_of") == old)
                    pictures.append(
                        try Data(contentsOf: URL(filePath: try #require(status.strings("image_paths").first)))
                    )
                    seeds.append("\(String(describing: status["seeds"]))")
                }
                #expect(pictures[0] == pictures[1])
                #expect(seeds[0] == seeds[1])
                #expect(try await box.status(old).members == before.members)
            }
        }

        @Test("retry of what has not failed, of somebody else's and of nobody's job changes nothing")
        func refused() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let own = try await box.object("submit", "--json", "--forge", forge.url, "x")
                let complete = try #require(own.string("job_id"))
                let receipt = try await box.object("submit", "--detach", "--json", "--owner", "ada", "y")
                let waiting = try #require(receipt.string("job_id"))
                for (arguments, status, word) in [
                    ([complete], 64, "complete"), ([waiting], 64, "not ended"),
                    ([waiting, "--owner", "bob"], 3, waiting),
                    (["01890000-0000-7000-8000-000000000000"], 3, "no job"),
                    ([complete, "--owner", "ada"], 3, complete),
                ] as [([String], Int32, String)] {
                    let finished = try await box.start(["retry"] + arguments).finish()
                    #expect(finished.status == status, "\(arguments): \(finished.errors)")
                    #expect(finished.errors.contains(word), "\(finished.errors)")
                    #expect(finished.output.isEmpty)
                }
                #expect(try await box.run("cancel", waiting).status == 0)
                #expect(try await box.run("retry", waiting, "--queue-limit", "1").status == 0)
                #expect(try await box.run("retry", waiting, "--queue-limit", "1").status == 75)
                #expect(try await box.run("list", "--json").objects().count == 3)
            }
        }
    }
}
