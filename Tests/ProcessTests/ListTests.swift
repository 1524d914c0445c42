import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct ListTests {
        @Test("Pages of a list together hold each job once, newest first, whatever comes between")
        func pages() async throws {
            try await Sandbox.with { box in
                var ids: [String] = []
                for number in 0..<5 {
                    let receipt = try await box.object("submit", "--detach", "--json", "\(number)")
                    ids.insert(try #require(receipt.string("job_id")), at: 0)
                }
                var gathered: [String] = []
                var pages = 0
                var rest: [String] = []
                while true {
                    let page = try await box.start(["list", "--json", "--limit", "2"] + rest).finish()
                    #expect(page.status == 0, "\(page.errors)")
                    var objects = try page.objects()
                    let next = objects.last?.integer("next")
                    if next != nil { objects.removeLast() }
                    gathered += objects.compactMap { $0.string("job_id") }
                    #expect(objects.allSatisfy { $0["next"] == nil })
                    pages += 1
                    guard let next else { break }
                    rest = ["--after", "\(next)"]
                    _ = try await box.object("submit", "--detach", "--json", "meanwhile")
                }
                #expect(gathered == ids)
                #expect(pages == 3)

                let plain = try await box.run("list", "--limit", "2")
                #expect(plain.lines.count == 2)
                #expect(plain.errors.contains("--after "))
                let all = try await box.run("list")
                #expect(all.lines.count == 7)
                #expect(!all.errors.contains("--after"))
                #expect(try await box.run("list", "--json", "--after", "1").output.isEmpty)
            }
        }

        @Test("Counts are by state and owner, and of nothing are none")
        func counts() async throws {
            try await Sandbox.with { box in
                #expect(try await box.run("counts").status == 3)
                for owner in ["ada", "ada", "bob"] {
                    _ = try await box.object("submit", "--detach", "--json", "--owner", owner, "kedi")
                }
                let gone = try await box.object("submit", "--detach", "--json", "--owner", "bob", "kedi").string(
                    "job_id"
                )
                #expect(try await box.run("cancel", try #require(gone)).status == 0)
                let all = try await box.object("counts", "--json")
                let states = ["scheduled", "queued", "processing", "complete", "failed", "cancelled"]
                #expect(states.map { all.integer($0) } == [0, 3, 0, 0, 0, 1])
                #expect(try await box.run("counts").output == "3 queued\n1 cancelled\n")
                #expect(try await box.run("counts", "--owner", "ada").output == "2 queued\n")
                let none = try await box.run("counts", "--owner", "carol")
                #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("No jobs."))
            }
        }

        @Test("A list shows what is asked for: by state, conversation and owner")
        func filters() async throws {
            try await Sandbox.with { box in
                func submit(_ arguments: String...) async throws -> String {
                    let receipt = try await box.start(["submit", "--detach", "--json"] + arguments).finish().object()
                    return try #require(receipt.string("job_id"))
                }
                let ada = try await submit("--owner", "ada", "--conversation", "c1", "a")
                let bob = try await submit("--owner", "bob", "--conversation", "c1", "b")
                let gone = try await submit("--owner", "ada", "c")
                #expect(try await box.run("cancel", gone).status == 0)
                func listed(_ arguments: String...) async throws -> [String] {
                    let finished = try await box.start(["list", "--json"] + arguments).finish()
                    #expect(finished.status == 0)
                    return try finished.objects().compactMap { $0.string("job_id") }
                }
                #expect(try await listed() == [gone, bob, ada])
                #expect(try await listed("--owner", "ada") == [gone, ada])
                #expect(try await listed("--owner", "carol") == [])
                #expect(try await listed("--conversation", "c1") == [bob, ada])
                #expect(try await listed("--conversation", "c1", "--owner", "bob") == [bob])
                #expect(try await listed("--state", "cancelled") == [gone])
                #expect(try await listed("--state", "active", "--owner", "ada") == [ada])
                #expect(try await listed("--state", "queued", "--state", "cancelled") == [gone, bob, ada])
                #expect(try await listed("--batch", ada) == [])
            }
        }
    }
}
