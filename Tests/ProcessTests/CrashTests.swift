import Crypto
import Foundation
import Testing

extension ProcessTests {
    /// Real workers against a real simulator, killed and suspended at random moments while others submit.
    ///
    /// The short form makes 12 kills; `IMAGE_QUEUE_KILLS=200` makes the long one.
    @Suite struct CrashTests {
        private static let kills = ProcessInfo.processInfo.environment["IMAGE_QUEUE_KILLS"].flatMap(Int.init) ?? 12

        @Test(
            "However workers die, every acknowledged job ends complete, once, with whole files",
            .timeLimit(.minutes(30))
        )
        func kills() async throws {
            var generator = Chance(seed: UInt64.random(in: 0...UInt64.max))
            let seed = generator.seed
            try await Sandbox.with(["IQCTL_DEATH_LIMIT": "1000"]) { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 15)
                var jobs: [String] = []
                func submit() async throws {
                    let receipt = try await box.object(
                        "submit",
                        "--detach",
                        "--json",
                        "--width",
                        "64",
                        "--height",
                        "64",
                        "--steps",
                        "6",
                        "--count",
                        "\(generator.next(upTo: 2) + 1)",
                        "--owner",
                        "\(generator.next(upTo: 3))",
                        "kedi \(jobs.count)"
                    )
                    jobs.append(try #require(receipt.string("job_id")))
                }
                func startWorker() throws -> Launch {
                    try box.start("worker", "--forge", forge.url)
                }
                for _ in 0..<4 { try await submit() }
                var workers = [try startWorker(), try startWorker()]
                for kill in 0..<Self.kills {
                    try await submit()
                    try await Task.sleep(for: .milliseconds(generator.next(upTo: 400)))
                    let victim = generator.next(upTo: workers.count)
                    if kill % 6 == 5 {
                        // Suspended for a while, and continued: it is not dead, and nobody may think so.
                        workers[victim].send(SIGSTOP)
                        try await Task.sleep(for: .milliseconds(200))
                        workers[victim].send(SIGCONT)
                    }
                    workers[victim].send(SIGKILL)
                    _ = try await workers[victim].finish()
                    workers[victim] = try startWorker()
                }
                for job in jobs {
                    _ = try await eventually("job \(job) is complete (chance \(seed))", within: .seconds(300)) {
                        try await box.status(job).string("status") == "complete" ? true : nil
                    }
                }
                for worker in workers {
                    worker.send(SIGTERM)
                    #expect(try await worker.finish().status == 0)
                }
                try verify(box, forge, jobs: jobs, kills: Self.kills)
            }
        }

        @Test("A job that kills its worker three times is set aside, and exactly that one")
        func poison() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 40)
                func submit(_ prompt: String) async throws -> String {
                    let receipt = try await box.object(
                        "submit",
                        "--detach",
                        "--json",
                        "--width",
                        "64",
                        "--height",
                        "64",
                        "--steps",
                        "8",
                        prompt
                    )
                    return try #require(receipt.string("job_id"), "no job id")
                }
                let before = try await submit("before")
                let poison = try await submit("poison")
                let after = try await submit("after")
                for death in 1...3 {
                    let worker = try box.start("worker", "--forge", forge.url)
                    _ = try await box.wait(for: poison, "drawn") {
                        $0.string("status") == "processing" && $0.integer("attempt") == Int64(death)
                    }
                    worker.send(SIGKILL)
                    _ = try await worker.finish()
                }
                let aside = try await box.status(poison)
                #expect(aside.string("status") == "error")
                #expect(aside.string("error_code") == "worker_lost")
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                for job in [before, after] {
                    #expect(try await box.status(job).string("status") == "complete")
                }
                #expect(try forge.generations(of: poison).count <= 3)
            }
        }

        private func verify(_ box: Sandbox, _ forge: SimulatorProcess, jobs: [String], kills: Int) throws {
            let probe = DatabaseProbe(path: box.database)
            #expect(try probe.text("PRAGMA integrity_check") == "ok")
            #expect(try probe.text("PRAGMA foreign_key_check") == nil)
            #expect(try probe.text("SELECT count(*) FROM jobs") == "\(jobs.count)")
            #expect(try probe.text("SELECT count(*) FROM jobs WHERE state <> 3") == "0")
            #expect(try probe.text("SELECT count(*) FROM jobs WHERE worker IS NOT NULL") == "0")
            #expect(try probe.text("SELECT count(*) FROM events WHERE is_final = 1") == "\(jobs.count)")
            #expect(try probe.text("SELECT count(DISTINCT job_id) FROM events WHERE is_final = 1") == "\(jobs.count)")
            let lateEvents = """
                SELECT count(*) FROM events AS e WHERE EXISTS
                (SELECT 1 FROM events AS f WHERE f.job_id = e.job_id AND f.is_final = 1 AND f.seq < e.seq)
                """
            #expect(try probe.text(lateEvents) == "0")
            // No row without its whole file, no file without its row.
            let rows = try probe.text("SELECT group_concat(path || ' ' || sha256, char(10)) FROM images") ?? ""
            var named: Set<String> = []
            for row in rows.split(separator: "\n") {
                let parts = row.split(separator: " ").map(String.init)
                let bytes = try Data(contentsOf: URL(filePath: box.images + "/" + parts[0]))
                #expect(SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined() == parts[1])
                named.insert(parts[0])
            }
            let found = FileManager.default.enumerator(atPath: box.images)?.compactMap { $0 as? String } ?? []
            #expect(Set(found.filter { $0.hasSuffix(".png") || $0.contains(".part-") }) == named)
            // Never two open generations, and no picture more than the kills explain.
            let log = try forge.log()
            let generations = log.filter { $0.string("event") == "generation_started" }.count
            #expect(generations >= named.count)
            #expect(generations <= named.count + 2 * kills)
            var open = 0
            for entry in log {
                if entry.string("event") == "generation_started" { open += 1 }
                if entry.string("event") == "generation_ended" { open -= 1 }
                #expect(open <= 1)
            }
        }
    }
}

/// Random numbers that can be had again from their seed.
private struct Chance {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// 0 to `bound` − 1, by SplitMix64.
    mutating func next(upTo bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
