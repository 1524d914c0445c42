import Foundation
import Testing

extension ProcessTests {
    @Suite struct OwnerTests {
        @Test("What only an operator may do is refused to an owner with 77, and changes nothing")
        func operatorOnly() async throws {
            try await Sandbox.with { box in
                let commands = [["pause"], ["resume"], ["workers"], ["workers", "--json"], ["worker", "--drain"]]
                for command in commands {
                    let finished = try await box.start(command + ["--owner", "ada"]).finish()
                    #expect(finished.status == 77, "\(command): \(finished.errors)")
                    #expect(finished.errors.contains("operator"))
                    #expect(finished.output.isEmpty)
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
                #expect(!FileManager.default.fileExists(atPath: box.images))

                _ = try await box.object("submit", "--detach", "--json", "--owner", "ada", "x")
                let database = DatabaseProbe(path: box.database)
                let paused = "SELECT value FROM settings WHERE name = 'paused'"
                #expect(try await box.run("pause", "--owner", "ada").status == 77)
                #expect(try database.text(paused) == "0")
                #expect(try await box.run("pause").status == 0)
                #expect(try await box.run("resume", "--owner", "").status == 77)
                #expect(try database.text(paused) == "1")
                #expect(try await box.run("resume").status == 0)
                #expect(try database.text(paused) == "0")
                #expect(try database.text("SELECT count(*) FROM jobs WHERE attempt = 0") == "1")
            }
        }

        @Test("An owner sees their own jobs and nobody else's, in every command")
        func ownJobs() async throws {
            try await Sandbox.with { box in
                let receipt = try await box.object("submit", "--detach", "--json", "--owner", "ada", "x")
                let id = try #require(receipt.string("job_id"))
                for command in ["status", "watch", "cancel", "retry"] {
                    for stranger in ["bob", "", "Ada"] {
                        let finished = try await box.run(command, id, "--owner", stranger)
                        #expect(finished.status == 3, "\(command) as \(stranger): \(finished.errors)")
                    }
                }
                #expect(try await box.run("status", id, "--owner", "ada").status == 0)
                let watch = try box.start("watch", "--owner", "bob", "--json", "--after", "0")
                let own = try box.start("watch", "--owner", "ada", "--json", "--after", "0")
                _ = try await box.object("submit", "--detach", "--json", "--owner", "bob", "y")
                _ = try await eventually("both are told") {
                    watch.standardOutput.contains("QUEUED") && own.standardOutput.contains("QUEUED") ? true : nil
                }
                for launch in [watch, own] { launch.send(SIGINT) }
                let theirs = try await watch.finish()
                #expect(theirs.status == 0)
                #expect(try theirs.objects().map { $0.string("owner") } == ["bob"])
                #expect(try await own.finish().objects().map { $0.string("owner") } == ["ada"])
            }
        }
    }
}
