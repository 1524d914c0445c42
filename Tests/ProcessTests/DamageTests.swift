import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// What a worker does with a database that is damaged.
    @Suite struct DamageTests {
        @Test(
            "A worker ends where the database is damaged, instead of trying for ever",
            arguments: [["worker"], ["worker", "--drain"]],
            // What a claim reads, and what is written once the picture is there.
            ["requests", "events"]
        )
        func ends(command: [String], table: String) async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                _ = try await box.object("submit", "--detach", "--json", "kedi")
                try DatabaseProbe(path: box.database).damage(table: table)
                let ended = try await box.start(command + ["--forge", forge.url]).finish()
                #expect(ended.status == 74)
                #expect(ended.errors.contains("\(box.database) is damaged"), "\(ended.errors)")
                #expect(try forge.requests(to: "/sdapi/v1/txt2img").isEmpty == (table == "requests"))
            }
        }

        @Test("A picture that is drawn is kept, though the next job can't be read")
        func nextJob() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                let drawn = try await box.object("submit", "--detach", "--json", "kedi").string("job_id")
                // So long that its request goes on on other pages, each of which names the next.
                let prompt = String(repeating: "uzun ", count: 1_900)
                let next = try await box.object("submit", "--detach", "--json", prompt).string("job_id")
                let overflow = "SELECT min(pageno) FROM dbstat WHERE name = 'requests' AND pagetype = 'overflow'"
                try DatabaseProbe(path: box.database).damage(pageFoundBy: overflow)
                let ended = try await box.start("worker", "--forge", forge.url).finish()
                #expect(ended.status == 74)
                #expect(ended.errors.contains("\(box.database) is damaged"), "\(ended.errors)")
                let status = try await box.object("status", "--json", try #require(drawn))
                #expect(status.string("status") == "complete" && status.strings("image_paths").count == 1)
                let state = "SELECT state FROM jobs WHERE id = '\(try #require(next))'"
                #expect(try DatabaseProbe(path: box.database).text(state) == "1")
                #expect(try forge.requests(to: "/sdapi/v1/txt2img").count == 1)
            }
        }
    }
}
