import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// `doctor` and `backends` against Forges of every kind.
    @Suite struct DoctorTests {
        /// What `doctor --json` found: check and whether it was well, and all it said.
        private func findings(_ finished: Finished) throws -> [(check: String, isWell: Bool, message: String)] {
            try finished.objects().map {
                ($0.string("check") ?? "", $0.flag("ok"), $0.string("message") ?? "")
            }
        }

        private func requests(_ forge: SimulatorProcess) throws -> Set<String> {
            Set(try forge.log().filter { $0.string("event") == "request" }.compactMap { $0.string("path") })
        }

        @Test("All is well: 0, a line each, and nothing is asked that changes or waits")
        func allIsWell() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                #expect(try await box.run("submit", "--forge", forge.url, "kedi").status == 0)
                let before = try DatabaseProbe(path: box.database).text("SELECT count(*) FROM events")
                let doctor = try await box.run("doctor", "--forge", forge.url)
                #expect(doctor.status == 0, "\(doctor.output) \(doctor.errors)")
                #expect(doctor.lines.count == 4 && doctor.lines.allSatisfy { $0.hasPrefix("ok") }, "\(doctor.output)")
                #expect(doctor.output.contains("f2.0.1v1.10.1-1.10.1") && doctor.output.contains("wal"))
                let found = try findings(try await box.run("doctor", "--json", "--forge", forge.url))
                #expect(found.map(\.check) == ["database", "doorbell", "images", "forge"])
                #expect(try DatabaseProbe(path: box.database).text("SELECT count(*) FROM events") == before)
                let asked = try requests(forge)
                #expect(asked.contains("/sdapi/v1/sd-models") && asked.contains("/internal/sysinfo"))
                #expect(!asked.contains("/sdapi/v1/cmd-flags"))
                #expect(try forge.requests(to: "/sdapi/v1/options").allSatisfy { $0.string("method") == "GET" })
            }
        }

        @Test("A database that was taken away, and left its log, is a problem, and not one that never was")
        func takenAway() async throws {
            try await Sandbox.with { box in
                _ = try await box.object("submit", "--detach", "--json", "kedi")
                // As a worker that was killed leaves it.
                try FileManager.default.removeItem(atPath: box.database)
                try Data(repeating: 1, count: 4_096).write(to: URL(filePath: box.database + "-wal"))
                let doctor = try await box.run("doctor", "--json", "--forge", "http://127.0.0.1:1")
                #expect(doctor.status == 1)
                let database = try #require(try findings(doctor).first { $0.check == "database" })
                #expect(!database.isWell && database.message.contains("-wal"), "\(database.message)")
                let list = try await box.run("list")
                #expect(list.status == 74 && list.errors.contains("-wal"), "\(list.errors)")
            }
        }

        @Test("On a machine without anything yet it makes nothing, and only Forge is missing")
        func nothingYet() async throws {
            try await Sandbox.with { box in
                let doctor = try await box.run("doctor", "--json", "--forge", "http://127.0.0.1:1")
                #expect(doctor.status == 1)
                let found = try findings(doctor)
                #expect(found.map(\.check) == ["database", "images", "forge"])
                #expect(found.map(\.isWell) == [true, true, false])
                #expect(found.last?.message.contains("http://127.0.0.1:1") == true)
                #expect(found.first?.message.contains("SQLite 3.") == true)
                #expect(!FileManager.default.fileExists(atPath: box.database))
                #expect(!FileManager.default.fileExists(atPath: box.images))
            }
        }

        @Test("A damaged database, a foreign one and a folder that is none are told with what to mend")
        func damaged() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                #expect(try await box.run("submit", "--forge", forge.url, "kedi").status == 0)
                let foreign = box.file("songs.db")
                try DatabaseProbe.makeForeign(at: foreign)
                let file = box.file("no folder")
                try Data("x".utf8).write(to: URL(filePath: file))
                let found = try findings(
                    try await box.run(
                        "doctor",
                        "--json",
                        "--forge",
                        forge.url,
                        adding: ["IQCTL_DATABASE": foreign, "IQCTL_IMAGE_DIRECTORY": file]
                    )
                )
                #expect(found.map(\.check) == ["database", "images", "forge"])
                #expect(found.map(\.isWell) == [false, false, true])
                #expect(found[0].message.contains(foreign) && found[1].message.contains(file))

                // An index that lacks a row is what quick_check misses and a page of rubbish is not.
                try DatabaseProbe(path: box.database).damage(table: "messages")
                let doctor = try await box.run("doctor", "--json", "--forge", forge.url)
                #expect(doctor.status == 1)
                let damage = try #require(try findings(doctor).first { $0.check == "database" })
                #expect(!damage.isWell && damage.message.contains(".recover"), "\(damage.message)")
            }
        }

        @Test("A Forge of every kind is told from the others")
        func kinds() async throws {
            try await Sandbox.with { box in
                let whole = try await SimulatorProcess.start(in: box)
                let bare = try await SimulatorProcess.start(in: box, adding: ["--nowebui"])
                let foreign = try await SimulatorProcess.start(in: box, faults: ["html@any"])
                let auth = ["IQCTL_FORGE_AUTH": "ada:right"]
                let locked = try await SimulatorProcess.start(in: box, environment: auth).url
                let down = "http://127.0.0.1:1"
                let urls = [whole.url, bare.url, foreign.url, locked, down]
                let arguments = urls.flatMap { ["--forge", $0] }
                let backends = try await box.start(["backends", "--json"] + arguments).finish().objects()
                #expect(backends.map { $0.string("backend") } == urls)
                #expect(
                    backends.map { $0.string("state") } == [
                        "ready", "ready", "malformed_answer", "unauthorized", "backend_unavailable",
                    ]
                )
                #expect(backends[0].flag("task_ids") && !backends[1].flag("task_ids") && backends[1]["task_ids"] != nil)
                #expect(backends[0].string("version") == "f2.0.1v1.10.1-1.10.1")
                #expect(backends[1].string("version") == nil)
                #expect(backends[0].strings("models") == backends[1].strings("models"))
                #expect(backends[0].strings("models").isEmpty == false && backends[0].string("model") != nil)
                let doctor = try await box.start(["doctor", "--json"] + arguments).finish()
                #expect(doctor.status == 1)
                let found = try findings(doctor).filter { $0.check == "forge" }
                #expect(found.map(\.isWell) == [true, true, false, false, false])
                #expect(found[1].message.contains("--nowebui"))
                #expect(found[2].message.contains("Is it a Forge?"))
                #expect(found[3].message.contains("credentials"))
                let right = try await box.run("doctor", "--forge", locked, adding: ["IQCTL_FORGE_AUTH": "ada:right"])
                #expect(right.status == 0, "\(right.output)")
            }
        }

        @Test("Backends names the worker that draws there, though nobody named the Forge")
        func holder() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                _ = try box.start("worker", "--forge", forge.url)
                let backend = try await eventually("the worker holds it") {
                    let found = try await box.run("backends", "--json").objects()
                    return found.first { $0.string("backend") == forge.url && $0.string("worker_id") != nil }
                }
                let worker = try await box.object("workers", "--json")
                #expect(backend.string("worker_id") == worker.string("worker_id"))
                let line = try await box.run("backends")
                #expect(line.lines.count == 1 && line.output.contains("ready"), "\(line.output)")
                #expect(try await box.run("backends", "--owner", "ada").status == 77)
                #expect(try await box.run("doctor", "--owner", "ada").status == 77)
            }
        }
    }
}
