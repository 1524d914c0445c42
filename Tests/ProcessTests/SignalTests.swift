import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct SignalTests {
        @Test("Ctrl-C and SIGTERM cancel the job, and say so", arguments: [SIGINT, SIGTERM])
        func cancels(signal: Int32) async throws {
            try await Sandbox.with { box in
                let submit = try box.start("submit", "--simulate", "--step-time", "400", "--json", "x")
                try await waitUntilDrawing(submit)
                submit.send(signal)
                let finished = try await submit.finish()
                #expect(finished.status == 2, "\(finished.errors)")
                #expect(finished.errors.contains("Cancelling the job"))
                #expect(try finished.object().string("error_code") == "cancelled")
            }
        }

        @Test("The second Ctrl-C leaves at once; the cancel stays")
        func leaves() async throws {
            try await Sandbox.with { box in
                // Interrupts are never answered, so that the first Ctrl-C can't be carried out soon.
                let forge = try await SimulatorProcess.start(in: box, stepTime: 500, faults: ["hang@interrupt"])
                // Long, so that the picture doesn't come whole before the second one on a busy machine.
                let submit = try box.start("submit", "--forge", forge.url, "--steps", "40", "x")
                try await waitUntilDrawing(submit)
                submit.send(SIGINT)
                _ = try await eventually("the first is heard") {
                    submit.standardErrors.contains("Cancelling the job") ? true : nil
                }
                submit.send(SIGINT)
                let finished = try await submit.finish(within: .seconds(8))
                #expect(finished.status == 75)
                #expect(finished.errors.contains("Leaving at once"))
                let job = try await box.object("list", "--json")
                let id = try #require(job.string("job_id"))
                // Nobody holds it any more, so that the stored wish ends it at the next look.
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                _ = try await box.wait(for: id, "cancelled") { $0.string("error_code") == "cancelled" }
            }
        }

        @Test("The second signal leaves at once, though nobody reads what the process says")
        func unread() async throws {
            try await Sandbox.with { box in
                var box = box
                let pipe = box.file("unread")
                #expect(mkfifo(pipe, 0o600) == 0)
                let reader = open(pipe, O_RDWR | O_NONBLOCK)
                defer { close(reader) }
                let filler = [UInt8](repeating: 0, count: 4_096)
                while write(reader, filler, filler.count) > 0 {}
                #expect(errno == EAGAIN)
                let usual = box.entry
                box.entry = ["/bin/sh", "-c", "exec \"$@\" 2>'\(pipe)'", "sh"]
                let worker = try box.start("worker", "--forge", "http://127.0.0.1:9")
                box.entry = usual
                // By then it hangs in its first line.
                _ = try await eventually("it is on the list") {
                    let workers = try await box.run("workers", "--json")
                    return workers.lines.isEmpty ? nil : true
                }
                // Two of one kind may come as one.
                worker.send(SIGTERM)
                worker.send(SIGINT)
                #expect(try await worker.finish(within: .seconds(10)).status == 75)
            }
        }

        @Test("A cancel that can't be stored is told of, with what becomes of the job")
        func notStored() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 100)
                let submit = try box.start("submit", "--forge", forge.url, "--steps", "150", "x")
                try await waitUntilDrawing(submit)
                let job = try #require(try await box.object("list", "--json").string("job_id"))
                let advice = "The job was not cancelled and goes on: `iqctl cancel \(job)` cancels it."
                // For longer than the command waits for the lock.
                try await DatabaseProbe(path: box.database).whileLocked {
                    submit.send(SIGINT)
                    _ = try await eventually("it is told", within: .seconds(40)) {
                        submit.standardErrors.contains(advice) ? true : nil
                    }
                }
                #expect(try await submit.finish().status == 74)
                #expect(try await box.object("status", "--json", job).string("status") != "error")
            }
        }

        @Test("A cancel is told of once it is stored")
        func toldOnceStored() async throws {
            try await Sandbox.with { box in
                let submit = try box.start("submit", "--simulate", "--step-time", "400", "x")
                try await waitUntilDrawing(submit)
                func hearing(within limit: Duration) async throws -> Bool {
                    try await eventually("the cancel is told of", within: limit) {
                        submit.standardErrors.contains("Cancelling the job") ? true : nil
                    }
                }
                try await DatabaseProbe(path: box.database).whileLocked {
                    submit.send(SIGINT)
                    await #expect(throws: Timeout.self) { try await hearing(within: .seconds(1)) }
                }
                #expect(try await hearing(within: .seconds(10)))
                #expect(try await submit.finish().status == 2)
            }
        }

        @Test("A killed --simulate takes its job with it")
        func killedSimulator() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let submit = try box.start("submit", "--simulate", "--step-time", "400", "x")
                try await waitUntilDrawing(submit)
                submit.send(SIGKILL)
                #expect(try await submit.finish().status == 128 + SIGKILL)
                // Whoever looks is told the truth, without a worker that would see to the dead.
                let job = try await box.object("list", "--json")
                #expect(job.string("error_code") == "simulator_gone")
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                #expect(try forge.requests(to: "/sdapi/v1/txt2img").isEmpty)
            }
        }

        @Test("A killed worker's job is drawn by the next one")
        func killedWorker() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 100)
                let id = try #require(try await box.object("submit", "--detach", "--json", "x").string("job_id"))
                let worker = try box.start("worker", "--forge", forge.url)
                _ = try await box.wait(for: id, "drawn") { $0.string("status") == "processing" }
                worker.send(SIGKILL)
                _ = try await worker.finish()
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                let job = try await box.status(id)
                #expect(job.string("status") == "complete")
                #expect(job.strings("image_paths").count == 1)
            }
        }

        @Test("A worker that is told to stop lets its picture finish and takes no other")
        func graceful() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 300)
                let first = try #require(try await box.object("submit", "--detach", "--json", "a").string("job_id"))
                let second = try #require(try await box.object("submit", "--detach", "--json", "b").string("job_id"))
                let worker = try box.start("worker", "--forge", forge.url)
                _ = try await box.wait(for: first, "drawn") { ($0.integer("progress") ?? 0) > 0 }
                worker.send(SIGTERM)
                #expect(try await worker.finish().status == 0)
                #expect(try await box.status(first).string("status") == "complete")
                #expect(try await box.status(second).string("status") == "queued")
                #expect(try forge.requests(to: "/sdapi/v1/interrupt").isEmpty)
            }
        }

        private func waitUntilDrawing(_ submit: Launch) async throws {
            _ = try await eventually("the picture is begun") { submit.standardErrors.contains("PROGRESS") ? true : nil }
        }
    }
}
