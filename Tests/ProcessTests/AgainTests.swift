import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct AgainTests {
        @Test("again draws the same picture, --new-seed another one, --like a variation of it")
        func again() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 2)
                let size = ["--width", "64", "--height", "64"]
                let first = try await box.start(["submit", "--json", "--forge", forge.url] + size + ["a"]).finish()
                let old = try #require(try first.object().string("job_id"))
                var ids: [String] = []
                for arguments in [[], ["--new-seed"], ["--like", "1"]] {
                    let receipt = try await box.start(["again", old, "--json"] + arguments).finish().object()
                    #expect(receipt.object("metadata")?.string("again_of") == old)
                    ids.append(try #require(receipt.string("job_id")))
                }
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                var pictures: [Data] = []
                for id in [old] + ids {
                    let path = try #require(try await box.status(id).strings("image_paths").first)
                    pictures.append(try Data(contentsOf: URL(filePath: path)))
                }
                #expect(pictures[0] == pictures[1])
                #expect(Set(pictures).count == 3)
                let seed = try await box.status(old)["seeds"]
                #expect(try await box.status(ids[2])["seeds"] == seed)
                #expect(try await box.run("again", old, "--like", "2").status == 64)
                #expect(try await box.run("again", old, "--like", "0").status == 64)
                #expect(try await box.run("again", old, "--owner", "bob").status == 3)
            }
        }
    }
}
