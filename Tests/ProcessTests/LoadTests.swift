import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// The short form lasts 3 s; `IMAGE_QUEUE_LOAD_SECONDS=10` makes the long one.
    @Suite struct LoadTests {
        private static let seconds = ProcessInfo.processInfo.environment["IMAGE_QUEUE_LOAD_SECONDS"] ?? "3"

        @Test("Two processes that submit and two that work, flat out: nobody is locked out, and the counts add up")
        func flatOut() async throws {
            try await Sandbox.with { box in
                let tool = Launch.executable.deletingLastPathComponent().appending(path: "queue-load")
                let options = ["--database", box.database, "--seconds", Self.seconds, "--callers", "4"]
                let processes = try ["submit", "submit", "work", "work"].map { role in
                    try box.tool([tool.path(percentEncoded: false), role] + options)
                }
                var counts: [String: Int64] = [:]
                for process in processes {
                    let finished = try await process.finish(within: .seconds(120))
                    #expect(finished.status == 0, "\(finished.errors)")
                    print("load: \(finished.output)", terminator: "")
                    let report = try finished.object()
                    #expect(report.integer("errors") == 0, "\(finished.output)")
                    counts[try #require(report.string("role")), default: 0] += try #require(report.integer("count"))
                }
                let submitted = try #require(counts["submit"])
                let worked = try #require(counts["work"])
                #expect(submitted > 100 && worked > 100)
                let probe = DatabaseProbe(path: box.database)
                #expect(try probe.text("SELECT count(*) FROM jobs") == "\(submitted)")
                #expect(try probe.text("SELECT count(*) FROM messages") == "\(submitted)")
                #expect(try probe.text("SELECT count(*) FROM jobs WHERE state = 3 AND attempt = 1") == "\(worked)")
                #expect(try probe.text("SELECT count(*) FROM jobs WHERE state NOT IN (1, 3)") == "0")
                #expect(try probe.text("SELECT count(*) FROM events WHERE is_final = 1") == "\(worked)")
                #expect(try probe.text("SELECT count(DISTINCT job_id) FROM events WHERE is_final = 1") == "\(worked)")
                #expect(try probe.text("PRAGMA integrity_check") == "ok")
                #expect(try probe.text("PRAGMA foreign_key_check") == nil)
            }
        }
    }
}
