import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct SubmitTests {
        @Test("A simulated submit prints its ids, and the database agrees")
        func simulated() async throws {
            try await Sandbox.with { box in
                let finished = try await box.run("submit", "--simulate", "--step-time", "5", "--json", "kedi", "çiz")
                #expect(finished.status == 0, "\(finished.errors)")
                #expect(finished.errors.contains("simulated Forge"))
                let job = try finished.object()
                let message = try #require(job.integer("message_id"))
                let id = try #require(job.string("job_id"))
                #expect(JobID(id)?.description == id)
                #expect(job.string("status") == "complete")
                #expect(job.integer("progress") == 100)
                #expect(job.object("metadata")?.string("prompt") == "kedi çiz")

                let database = DatabaseProbe(path: box.database)
                let stored = "SELECT json_extract(extra_metadata, '$.job_id') FROM messages WHERE id = \(message)"
                #expect(try database.text(stored) == id)
                #expect(try database.text("SELECT content FROM messages WHERE id = \(message)") == "[IMAGE] kedi çiz")
                #expect(try database.text("PRAGMA integrity_check") == "ok")

                let path = try #require(job.strings("image_paths").first)
                #expect(path.hasPrefix(box.images + "/"))
                let picture = try Data(contentsOf: URL(filePath: path))
                #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
                for key in ["created_at", "started_at", "finished_at"] {
                    let time = try #require(job.string(key))
                    #expect(try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) <= .now)
                    #expect(time.hasSuffix("Z"))
                }
            }
        }

        @Test("Without --json the pictures' places are all that standard output gets")
        func plain() async throws {
            try await Sandbox.with { box in
                let finished = try await box.run("submit", "--simulate", "--count", "3", "--seed", "7", "x")
                #expect(finished.status == 0, "\(finished.errors)")
                #expect(finished.lines.count == 3)
                for line in finished.lines { #expect(FileManager.default.fileExists(atPath: line)) }
                #expect(finished.errors.contains("QUEUED, position 1"))
                #expect(finished.errors.contains("COMPLETE"))
                #expect(!finished.errors.contains("\u{1B}"))
                let listed = try await box.object("list", "--json")
                #expect(listed["seeds"] == [7, 8, 9])
            }
        }

        @Test("--detach prints a receipt and leaves the job queued")
        func detached() async throws {
            try await Sandbox.with { box in
                let place = ["--conversation", "c1", "--owner", "ada", "--user-message", "Please draw a cat."]
                let arguments = ["submit", "--detach", "--json"] + place + ["a cat"]
                let receipt = try await box.start(arguments).finish().object()
                let id = try #require(receipt.string("job_id"))
                #expect(receipt.string("status") == "queued")
                #expect(receipt.integer("queue_position") == 1)
                let message = try #require(receipt.integer("message_id"))
                #expect(receipt.integer("user_message_id").map { $0 < message } == true)
                #expect(receipt.object("metadata")?.string("job_id") == id)
                let status = try await box.status(id)
                #expect(status.string("status") == "queued")
                #expect(status.string("conversation_id") == "c1")
                #expect(status.string("owner") == "ada")
                let active = try await box.object("status", "--conversation", "c1", "--json")
                #expect(active.string("job_id") == id)
                #expect(try await box.run("status", id, "--owner", "bob").status == 3)
            }
        }

        @Test("A prompt may come through standard input")
        func piped() async throws {
            try await Sandbox.with { box in
                let prompt = Data("iki satır\nkedi\n".utf8)
                let finished = try await box.run("submit", "--detach", "--json", "-", input: prompt)
                #expect(finished.status == 0, "\(finished.errors)")
                #expect(try finished.object().object("metadata")?.string("prompt") == "iki satır\nkedi")
            }
        }

        @Test("The same key is the same job")
        func key() async throws {
            try await Sandbox.with { box in
                let first = try await box.object("submit", "--detach", "--json", "--key", "k", "--seed", "1", "x")
                let second = try await box.object("submit", "--detach", "--json", "--key", "k", "--seed", "1", "x")
                let job = try #require(first.string("job_id"))
                #expect(second.string("job_id") == job)
                #expect(first["repeat"] == nil && second.flag("repeat"), "\(second)")
                let other = try await box.run("submit", "--detach", "--key", "k", "--seed", "1", "y")
                #expect(other.status == 64)
                // It would be waited for in vain: the simulator draws its own jobs.
                let simulated = try await box.run("submit", "--simulate", "--key", "k", "--seed", "1", "x")
                #expect(simulated.status == 64)
                #expect(simulated.errors.contains("iqctl watch \(job)"), "\(simulated.errors)")
                #expect(try await box.status(job).string("status") == "queued")
                #expect(try await box.run("cancel", job).status == 0)
                let ended = try await box.run("submit", "--detach", "--json", "--key", "k", "--seed", "1", "x")
                #expect(try ended.object().string("status") == "error")
                #expect(try ended.object().integer("queue_position") == nil)
                #expect(ended.errors.contains("KNOWN") && !ended.errors.contains("No worker"), "\(ended.errors)")
            }
        }

        @Test("A full queue, or an owner's share that is full, is 75, and nothing is stored")
        func full() async throws {
            try await Sandbox.with { box in
                for name in ["a", "b"] {
                    #expect(try await box.run("submit", "--detach", "--queue-limit", "2", name).status == 0)
                }
                let refused = try await box.run("submit", "--detach", "--queue-limit", "2", "--user-message", "hi", "c")
                #expect(refused.status == 75)
                #expect(refused.errors.contains("2"))
                let limit = ["IQCTL_OWNER_LIMIT": "1"]
                let mine = ["submit", "--detach", "--owner", "ada", "d"]
                #expect(try await box.run(mine[0], mine[1], mine[2], mine[3], mine[4], adding: limit).status == 0)
                #expect(try await box.run(mine[0], mine[1], mine[2], mine[3], mine[4], adding: limit).status == 75)
                #expect(try await box.run("submit", "--detach", "--owner", "bob", "e", adding: limit).status == 0)
                #expect(try await box.run("list", "--json").objects().count == 4)
                #expect(try DatabaseProbe(path: box.database).text("SELECT count(*) FROM messages") == "4")
            }
        }

        @Test("--delay holds a job back, --deadline fails one that has waited too long, and retry gives it another try")
        func times() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let later = try await box.object("submit", "--detach", "--json", "--delay", "3600", "a")
                #expect(later.integer("queue_position") == nil)
                let late = try await box.object("submit", "--detach", "--json", "--deadline", "0.01", "b")
                let id = try #require(late.string("job_id"))
                _ = try await eventually("the deadline has passed") {
                    #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                    return try await box.status(id).string("error_code") == "expired" ? true : nil
                }
                #expect(try forge.requests(to: "/sdapi/v1/txt2img").isEmpty)
                let again = try #require(try await box.object("retry", id, "--json").string("job_id"))
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                #expect(try await box.status(again).string("status") == "complete")
                #expect(try await box.status(try #require(later.string("job_id"))).string("status") == "queued")
            }
        }

        @Test("Without a worker it draws its own job and nobody else's")
        func ownJobOnly() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                let waiting = try await box.object("submit", "--detach", "--json", "first")
                let own = try await box.run("submit", "--json", "--forge", forge.url, "second")
                #expect(own.status == 0, "\(own.errors)")
                #expect(try own.object().string("status") == "complete")
                let id = try #require(waiting.string("job_id"))
                #expect(try await box.status(id).string("status") == "queued")
                #expect(try forge.generations(of: id).isEmpty)
                #expect(try await box.run("workers", "--json").output.isEmpty)
            }
        }

        @Test("--timeout gives up, and the job goes back into the queue")
        func timeout() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 500)
                let finished = try await box.run("submit", "--json", "--forge", forge.url, "--timeout", "1.5", "x")
                #expect(finished.status == 75, "\(finished.errors)")
                let id = try #require(try finished.object().string("job_id"))
                #expect(finished.errors.contains("iqctl status \(id)"))
                #expect(try await box.status(id).string("status") == "queued")
            }
        }
    }
}
