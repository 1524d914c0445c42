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
    }
}
