import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// Disks that are full or read-only, files that are taken away, limits that are met: what is told, and what is left.
    @Suite struct FaultTests {
        /// A small job, described by `iqctl submit --detach --json`.
        private func submit(in box: Sandbox, prompt: String = "kedi") async throws -> Finished {
            try await box.run(
                "submit",
                "--detach",
                "--json",
                "--width",
                "64",
                "--height",
                "64",
                "--steps",
                "2",
                "-",
                input: Data(prompt.utf8)
            )
        }

        private func accepted(in box: Sandbox) async throws -> String {
            try #require(try await submit(in: box).object().string("job_id"))
        }

        private func complete(_ job: String, in box: Sandbox, _ forge: SimulatorProcess) async throws {
            let status = try await box.wait(for: job, "complete") { $0.string("status") == "complete" }
            #expect(status.integer("attempt") == 1)
            #expect(try forge.generations(of: job).count == 1)
        }

        @Test("On a full disk submit ends with 74; the worker goes on when there is room, and draws nothing twice")
        func fullDisk() async throws {
            try await Sandbox.with { box in
                let disk = try await SmallDisk.mount(megabytes: 4, in: box)
                let forge = try await SimulatorProcess.start(in: box, stepTime: 300)
                var inside = box
                inside.entry = disk.entry
                inside.extra = ["IQCTL_DATABASE": disk.file("queue.db"), "IQCTL_IMAGE_DIRECTORY": disk.file("images")]
                let worker = try inside.start("worker", "--forge", forge.url)
                let first = try await accepted(in: inside)
                _ = try await inside.wait(for: first, "drawn") { $0.string("status") == "processing" }
                try await disk.fill()
                var jobs = [first]
                _ = try await eventually("the worker meets the full disk") {
                    worker.standardErrors.contains("trying again") ? true : nil
                }
                // The WAL has some room of its own.
                let refused = try await eventually("a submit finds no room") {
                    let finished = try await submit(in: inside, prompt: String(repeating: "kedi ", count: 12_000))
                    if finished.status == 0 { jobs.append(try #require(finished.object().string("job_id"))) }
                    return finished.status == 0 ? nil : finished
                }
                #expect(refused.status == 74)
                #expect(refused.errors.contains(disk.file("queue.db")) && refused.errors.contains("space"))
                try await disk.free()
                jobs.append(try await accepted(in: inside))
                for job in jobs { try await complete(job, in: inside, forge) }
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
                let probe = try await disk.copyDatabase()
                #expect(try probe.text("PRAGMA integrity_check") == "ok")
                #expect(try probe.text("SELECT count(*) FROM jobs WHERE state = 3") == "\(jobs.count)")
                #expect(try probe.text("SELECT count(*) FROM jobs") == "\(jobs.count)")
                #expect(try probe.text("SELECT count(*) FROM events WHERE is_final = 1") == "\(jobs.count)")
                #expect(try probe.text("SELECT count(*) FROM images") == "\(jobs.count)")
            }
        }

        @Test(
            "A picture waits for a folder that is full or read-only, and is stored once it can be",
            arguments: [true, false]
        )
        func pictures(isFull: Bool) async throws {
            try await Sandbox.with { box in
                let disk = try await SmallDisk.mount(megabytes: 1, in: box)
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                var inside = box
                inside.entry = disk.entry
                inside.extra = ["IQCTL_IMAGE_DIRECTORY": disk.folder]
                let worker = try inside.start("worker", "--forge", forge.url)
                try await complete(try await accepted(in: inside), in: inside, forge)
                if isFull { try await disk.fill() } else { try await disk.protect(disk.folder) }
                let job = try await accepted(in: inside)
                _ = try await eventually("the worker tells of it") {
                    worker.standardErrors.contains("the picture can't be stored") ? true : nil
                }
                #expect(worker.standardErrors.contains(isFull ? "No space left" : "read-only"))
                #expect(try await inside.status(job).string("status") == "processing")
                // Another worker would be refused at once.
                let second = try await inside.run("worker", "--drain", "--forge", forge.url)
                #expect(second.status == 74)
                #expect(second.errors.contains(disk.folder))
                if isFull { try await disk.free() } else { try await disk.unprotect(disk.folder) }
                try await complete(job, in: inside, forge)
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
            }
        }

        @Test("A read-only file system is told with 74 and left alone, and is used once it can be written")
        func readOnly() async throws {
            try await Sandbox.with { box in
                let disk = try await SmallDisk.mount(megabytes: 4, in: box)
                var inside = box
                inside.entry = disk.entry
                inside.extra = ["IQCTL_DATABASE": disk.file("queue.db"), "IQCTL_IMAGE_DIRECTORY": box.images]
                try await disk.protect(disk.folder)
                let new = try await submit(in: inside)
                #expect(new.status == 74)
                #expect(new.errors.contains(disk.folder) && new.errors.contains("read-only"))
                let doctor = try await inside.run("doctor", "--image-directory", disk.file("a/b"))
                #expect(doctor.output.contains("problem  database") && doctor.output.contains("problem  images"))
                #expect(doctor.output.contains("can't make it: \(disk.folder) can't be written"), "\(doctor.output)")
                try await disk.unprotect(disk.folder)
                let job = try await accepted(in: inside)
                let before = try await disk.contents("queue.db")
                try await disk.protect(disk.folder)
                for arguments in [["submit", "--detach", "x"], ["list"], ["status", job], ["cancel", job]] {
                    let finished = try await inside.start(arguments).finish()
                    #expect(finished.status == 74, "\(arguments): \(finished.errors)")
                    #expect(finished.errors.contains(disk.file("queue.db")))
                    #expect(finished.errors.contains("cannot be written"))
                }
                #expect(try await disk.contents("queue.db") == before)
                try await disk.unprotect(disk.folder)
                let more = try await accepted(in: inside)
                for job in [job, more] { #expect(try await inside.status(job).string("status") == "queued") }
            }
        }

        @Test("A worker whose writes fail says so, and goes on once they don't")
        func writeErrors() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                var limited = box
                // A limit on file sizes would kill; ignored, its signal becomes an error of write().
                limited.entry = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""]
                let worker = try limited.start("worker", "--forge", forge.url)
                try await complete(try await accepted(in: box), in: box, forge)
                try await limit(worker, bytes: "4096", in: box)
                let job = try await accepted(in: box)
                _ = try await eventually("the worker tells of it") {
                    worker.standardErrors.contains("failed to read or write") ? true : nil
                }
                #expect(worker.isRunning)
                #expect(try forge.generations(of: job).isEmpty)
                try await limit(worker, bytes: "unlimited", in: box)
                try await complete(job, in: box, forge)
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
                #expect(try DatabaseProbe(path: box.database).text("PRAGMA integrity_check") == "ok")
            }
        }

        private func limit(_ process: Launch, bytes: String, in box: Sandbox) async throws {
            let arguments = ["--pid", "\(process.processID)", "--fsize=\(bytes):unlimited"]
            let finished = try await box.tool(["/usr/bin/prlimit"] + arguments).finish()
            #expect(finished.status == 0, "\(finished.errors)")
        }

        @Test("A worker whose database is taken away says so, and goes on once the same file is back")
        func takenAway() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let worker = try box.start("worker", "--forge", forge.url)
                try await complete(try await accepted(in: box), in: box, forge)
                #expect(rename(box.database, box.file("aside.db")) == 0)
                _ = try await eventually("the worker tells of it") {
                    worker.standardErrors.contains("was deleted, moved or replaced") ? true : nil
                }
                #expect(worker.isRunning)
                #expect(rename(box.file("aside.db"), box.database) == 0)
                try await complete(try await accepted(in: box), in: box, forge)
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
            }
        }

        @Test("A queue that is deleted while a worker uses it is made anew, whole; the old worker is none of it")
        func deleted() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let worker = try box.start("worker", "--forge", forge.url)
                for _ in 0..<5 { try await complete(try await accepted(in: box), in: box, forge) }
                try FileManager.default.removeItem(atPath: box.database)
                let refused = try await submit(in: box)
                #expect(refused.status == 74)
                #expect(refused.errors.contains("\(box.database)-wal"), "\(refused.errors)")
                try FileManager.default.removeItem(atPath: box.database + "-wal")
                var jobs: [String] = []
                for _ in 0..<5 { jobs.append(try await accepted(in: box)) }
                _ = try await eventually("the worker tells of it") {
                    worker.standardErrors.contains("was deleted, moved or replaced") ? true : nil
                }
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 74)
                jobs.append(try await accepted(in: box))
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                for job in jobs { try await complete(job, in: box, forge) }
                let probe = DatabaseProbe(path: box.database)
                #expect(try probe.text("PRAGMA integrity_check") == "ok")
                #expect(try probe.text("SELECT count(*) FROM jobs") == "\(jobs.count)")
            }
        }

        @Test("What stands in the way of a database is named, with 74")
        func obstacles() async throws {
            try await Sandbox.with { box in
                try Data("x".utf8).write(to: URL(filePath: box.file("file")))
                for path in [box.folder.path(percentEncoded: false), box.file("file/queue.db"), "/proc/queue.db"] {
                    let finished = try await box.run("submit", "--detach", "x", adding: ["IQCTL_DATABASE": path])
                    #expect(finished.status == 74, "\(path): \(finished.errors)")
                    #expect(finished.errors.contains(path.split(separator: "/").first.map(String.init) ?? path))
                }
                _ = try await box.object("submit", "--detach", "--json", "--database", box.file("a/b/c.db"), "x")
                #expect(FileManager.default.fileExists(atPath: box.file("a/b/c.db")))
            }
        }
    }
}
