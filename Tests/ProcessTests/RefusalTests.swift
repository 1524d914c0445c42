import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct RefusalTests {
        @Test(
            "Bad input is refused with 64, a sentence that names the field, and nothing stored",
            arguments: [
                (["submit", ""], "prompt"), (["submit", " \t"], "prompt"), (["submit", "--width", "65", "x"], "width"),
                (["submit", "--steps", "0", "x"], "steps"), (["submit", "--count", "0", "x"], "count"),
                (["submit", "--count", "17", "x"], "count"), (["submit", "--seed", "-2", "x"], "seed"),
                (["submit", "--cfg-scale", "nan", "x"], "cfg_scale"), (["submit", "--steps", "x", "x"], "steps"),
                (["submit", "--owner", "a\nb", "x"], "owner"), (["submit"], "prompt"),
                (["submit", "--simulate", "--detach", "x"], "--detach"), (["status", "no-uuid"], "job"),
                (["submit", "--detach", "--timeout", "3", "x"], "--timeout"),
                (["submit", "--detach", "--step-time", "5", "x"], "--step-time"),
                (["submit", "--timeout=-1", "x"], "timeout"), (["submit", "--forge", "not a url", "x"], "not a url"),
                (["submit", "--forge", "ftp://127.0.0.1", "x"], "ftp"), (["cancel"], "--all"), (["frob"], "frob"),
                (["submit", "--delay=-1", "x"], "--delay"), (["submit", "--delay", "soon", "x"], "--delay"),
                (["submit", "--deadline", "0", "x"], "deadline"), (["submit", "--deadline", "inf", "x"], "--deadline"),
                (["submit", "--queue-limit", "0", "x"], "--queue-limit"),
                (["list", "--owner-limit=-1"], "--owner-limit"),
                (["retry"], "job"), (["retry", "no-uuid"], "job"), (["retry", ""], "job"),
                (["list", "--limit", "0"], "--limit"), (["list", "--after", "0"], "--after"),
                (["list", "--after", "x"], "--after"), (["watch", "--after", "x"], "--after"),
                (["watch", "--after", ""], "--after"), (["watch", "--after", "-1"], "--after"),
                (["watch", "--after", "1f3a-+1"], "--after"), (["watch", "--after", "9223372036854775808"], "--after"),
                (["worker", "--keep", "0"], "--keep"), (["worker", "--keep", "nan"], "--keep"),
                (["worker", "--on-start", "never"], "--on-start"), (["cancel", "--after-picture"], "--all"),
                (["cancel", "--all", "01890000-0000-7000-8000-000000000000"], "--all"),
                (["simulator", "--owner", "ada"], "--owner"),
                (["cancel", "--conversation", ""], "--conversation"),
                (["submit", "--conversation", "", "x"], "--conversation"),
                (["list", "--conversation", ""], "--conversation"),
                (["status", "--conversation", ""], "--conversation"),
                (["watch", "--conversation", ""], "--conversation"),
                (["submit", "--delay", "60", "--deadline", "1", "x"], "deadline"),
                (["submit", "--width", "-64", "x"], "width must be"),
                (["submit", "--delay", "-1", "x"], "0 to 31536000"),
                (["list", "--limit", "-1"], "at least 1"), (["worker", "--lease", "-1"], "0.5 to 3600"),
                (["status", "--queue-limit", "-1"], "--queue-limit"),
                (["submit", "--detach", "--forge", "ftp://127.0.0.1", "x"], "ftp"),
                (["submit", "--simulate", "--forge", "ftp://127.0.0.1", "x"], "ftp"),
                (["submit", "--simulate", "--forge", "http://127.0.0.1:1", "x"], "leave --forge out"),
                (["again", "--strength", "0.5", "01890000-0000-7000-8000-000000000000"], "--like"),
            ]
        )
        func input(arguments: [String], word: String) async throws {
            try await Sandbox.with { box in
                let finished = try await box.start(arguments).finish()
                #expect(finished.status == 64)
                #expect(finished.errors.contains(word), "\(finished.errors)")
                #expect(finished.output.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: box.database))
                #expect(!FileManager.default.fileExists(atPath: box.images))
            }
        }

        @Test("A prompt of 10 MB is refused by its size, and one that is no UTF-8 too")
        func hugePrompt() async throws {
            try await Sandbox.with { box in
                let text = Data(repeating: 0x78, count: 10_000_000)
                let huge = try await box.run("submit", "--simulate", "-", input: text)
                #expect(huge.status == 64)
                #expect(huge.errors.contains("65536"))
                #expect(huge.errors.utf8.count < 1000)
                let broken = try await box.run("submit", "--simulate", "-", input: Data([0x78, 0xFF]))
                #expect(broken.status == 64)
                let nul = try await box.run("submit", "--detach", "-", input: Data("a\0b".utf8))
                #expect(nul.status == 64)
                #expect(nul.errors.contains("NUL"))
                let empty = try await box.run("submit", "--detach", "-", input: Data("\n".utf8))
                #expect(empty.status == 64)
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }

        @Test("What is refused is told without a control character of its own")
        func escapes() async throws {
            try await Sandbox.with { box in
                for arguments in [["status", "\u{1B}[31mx\u{7}"], ["list", "--limit", "\u{9B}1m"], ["\u{1B}c"]] {
                    let finished = try await box.start(arguments).finish()
                    #expect(finished.status == 64)
                    let isPlain = finished.errors.unicodeScalars.allSatisfy {
                        $0 == "\n" || $0.properties.generalCategory != .control
                    }
                    #expect(isPlain && finished.errors.contains("\u{FFFD}"), "\(finished.errors)")
                }
            }
        }

        @Test("With its output closed a listing fails, and writes into no other file")
        func closedOutput() async throws {
            try await Sandbox.with { box in
                _ = try await box.object("submit", "--detach", "--json", "x")
                var box = box
                box.entry = ["/bin/sh", "-c", #"exec "$0" "$@" >&-"#]
                let finished = try await box.start(["list"]).finish()
                #expect(finished.status == 74)
                #expect(finished.errors.contains("Bad file descriptor"), "\(finished.errors)")
            }
        }

        @Test("An argument that is no UTF-8 is refused, not mended", arguments: [["submit", "--detach"], ["status"]])
        func noText(arguments: [String]) async throws {
            try await Sandbox.with { box in
                var box = box
                box.entry = ["/bin/sh", "-c", #"exec "$0" "$@" "$(printf 'k\377di')""#]
                let finished = try await box.start(arguments).finish()
                #expect(finished.status == 64)
                #expect(finished.errors.contains("Argument \(arguments.count + 1) is not UTF-8"), "\(finished.errors)")
                box.entry = ["/bin/sh", "-c", #"IQCTL_DATABASE=$(printf 'k\377.db') exec "$0" "$@""#]
                let variable = try await box.start(["list"]).finish()
                #expect(variable.status == 64)
                #expect(variable.errors.contains("IQCTL_DATABASE is not UTF-8"), "\(variable.errors)")
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }

        @Test("An unknown job is 3, whether there is a database or not")
        func unknownJob() async throws {
            try await Sandbox.with { box in
                let id = "01890000-0000-7000-8000-000000000000"
                for command in ["status", "cancel", "watch", "retry"] {
                    #expect(try await box.run(command, id).status == 3)
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
                _ = try await box.object("submit", "--detach", "--json", "x")
                for command in ["status", "cancel", "watch", "retry"] {
                    let finished = try await box.run(command, id)
                    #expect(finished.status == 3)
                    #expect(finished.errors.contains(id))
                }
            }
        }

        @Test("A path through a file is 74 for who looks, too, and a queue that isn't there is not resumed")
        func noFolder() async throws {
            try await Sandbox.with { box in
                try Data().write(to: URL(filePath: box.file("file")))
                let through = box.file("file/queue.db")
                for command in [["list"], ["cancel", "--all"], ["backends"], ["submit", "--detach", "x"]] {
                    let finished = try await box.start(command + ["--database", through]).finish()
                    #expect(finished.status == 74, "\(command): \(finished.errors)")
                    #expect(finished.errors.contains(box.file("file")), "\(finished.errors)")
                }
                let doctor = try await box.run("doctor", "--database", through)
                #expect(doctor.status == 1)
                #expect(doctor.output.contains("problem"), "\(doctor.output)")
                #expect(try await box.run("resume").status == 3)
                #expect(!FileManager.default.fileExists(atPath: box.database))
                try Data().write(to: URL(filePath: box.database))
                for command in ["list", "resume"] { #expect(try await box.run(command).status == 3) }
                #expect(try await box.run("doctor").output.contains("none at"))
                #expect(try Data(contentsOf: URL(filePath: box.database)).isEmpty)
            }
        }

        @Test("A simulator that can't begin says why in a sentence")
        func simulator() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                let port = try #require(URL(string: forge.url)?.port)
                let taken = try await box.run("simulator", "--port", "\(port)")
                #expect(taken.status == 69)
                #expect(taken.errors.contains("can't listen on port \(port)"), "\(taken.errors)")
                let log = box.file("no/such/log")
                let unwritable = try await box.run("simulator", "--port", "0", "--log-file", log)
                #expect(unwritable.status == 74)
                #expect(unwritable.errors.contains(log), "\(unwritable.errors)")
            }
        }

        @Test("A file that is not ours is refused with 74 and left byte for byte as it was", arguments: [true, false])
        func foreignFile(isPicture: Bool) async throws {
            try await Sandbox.with { box in
                if isPicture {
                    let head: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10] + Array("JFIF".utf8)
                    try Data(head + Array(repeating: 7, count: 9000)).write(to: URL(filePath: box.database))
                } else {
                    try DatabaseProbe.makeForeign(at: box.database)
                }
                let before = try Data(contentsOf: URL(filePath: box.database))
                for arguments in [["submit", "--simulate", "x"], ["submit", "--detach", "x"], ["list"], ["worker"]] {
                    let finished = try await box.start(arguments).finish()
                    #expect(finished.status == 74, "\(arguments): \(finished.errors)")
                    #expect(finished.errors.contains(box.database))
                }
                #expect(try Data(contentsOf: URL(filePath: box.database)) == before)
                let left = try FileManager.default.contentsOfDirectory(atPath: box.folder.path(percentEncoded: false))
                #expect(left.filter { $0.hasPrefix("queue.db") } == ["queue.db"])
                #expect(!FileManager.default.fileExists(atPath: box.images))
            }
        }

        @Test("An image folder that can't be written is refused with 74 before anything is stored")
        func imageFolder() async throws {
            try await Sandbox.with { box in
                // A file where the folder should be: permissions don't hold the superuser, under whom tests may run.
                try Data("in the way".utf8).write(to: URL(filePath: box.images))
                let forge = try await SimulatorProcess.start(in: box)
                for arguments in [["--simulate"], ["--forge", forge.url]] {
                    let finished = try await box.start(["submit"] + arguments + ["x"]).finish()
                    #expect(finished.status == 74, "\(finished.errors)")
                    #expect(finished.errors.contains(box.images))
                }
                #expect(try await box.run("list", "--json").output.isEmpty)
                #expect(try Data(contentsOf: URL(filePath: box.images)) == Data("in the way".utf8))
            }
        }

        @Test("With Forge down, submit ends with 69 and a sentence, and the job stays queued")
        func forgeDown() async throws {
            try await Sandbox.with { box in
                let url = "http://127.0.0.1:1"
                let finished = try await box.run("submit", "x", adding: ["IQCTL_FORGE_URL": url])
                #expect(finished.status == 69)
                let last = try #require(finished.errors.split(separator: "\n").last)
                #expect(last.contains(url) && last.contains("--simulate"))
                let job = try await box.object("list", "--json")
                let id = try #require(job.string("job_id"))
                #expect(last.contains(id))
                #expect(try await box.status(id).string("status") == "queued")
                #expect(try await box.status(id).integer("attempt") == 0)
                let drain = try await box.run("worker", "--drain", "--forge", url)
                #expect(drain.status == 69)
            }
        }

        @Test("A wrong password is told, never shown")
        func wrongPassword() async throws {
            try await Sandbox.with { box in
                let auth = ["IQCTL_FORGE_AUTH": "ada:right"]
                let url = try await SimulatorProcess.start(in: box, environment: auth).url
                let wrong = ["IQCTL_FORGE_AUTH": "ada:wrong-secret", "IQCTL_FORGE_URL": url]
                let refused = try await box.run("submit", "--log-level", "trace", "x", adding: wrong)
                #expect(refused.status == 69, "\(refused.errors)")
                #expect(!refused.errors.contains("wrong-secret"))
                let right = ["IQCTL_FORGE_AUTH": "ada:right", "IQCTL_FORGE_URL": url]
                #expect(try await box.run("worker", "--drain", adding: right).status == 0)
                #expect(try await box.object("list", "--json").string("status") == "complete")
            }
        }

        @Test("A limit in the environment that is no number is refused, and no file is made")
        func limits() async throws {
            try await Sandbox.with { box in
                for name in ["IQCTL_DEATH_LIMIT", "IQCTL_QUEUE_LIMIT", "IQCTL_OWNER_LIMIT"] {
                    for text in ["0", "-3", "many", "1.5", "٣"] {
                        let finished = try await box.run("submit", "--detach", "x", adding: [name: text])
                        #expect(finished.status == 64)
                        #expect(finished.errors.contains(name))
                    }
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }

        @Test("Help names every exit code")
        func help() async throws {
            try await Sandbox.with { box in
                let help = try await box.run("submit", "--help")
                #expect(help.status == 0)
                for code in ["0", "1", "2", "3", "64", "69", "74", "75", "77"] {
                    #expect(help.output.contains(" \(code)  "))
                }
            }
        }
    }
}
