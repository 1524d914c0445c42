import Crypto
import Foundation
import ProcessSupport
import Testing

/// What was done to the workers.
struct Tally {
    var kills = 0
    /// Stopped past their lease and continued.
    var hangs = 0
    /// How many of the kills fell right after a picture's file had begun to be written.
    var pictureAmbushes = 0
    /// How many fell right after a commit had.
    var commitAmbushes = 0
    /// How often a worker itself found that it had been taken for dead.
    var lossesNoticed = 0
    /// When the one that drew was killed.
    var holderDeaths: [Date] = []
}

/// Looks at what a crash run left: the database by SQLite itself, the files, and the simulator's own account.
struct CrashVerdict {
    let box: Sandbox
    let log: [JSONObject]
    let ledger: Ledger
    let tally: Tally
    let seed: UInt64

    private var probe: DatabaseProbe { DatabaseProbe(path: box.database) }

    func check() throws {
        let jobs = ledger.entries.values
        #expect(jobs.count > tally.kills / 2, "too little was asked for to show anything")
        if CrashHarness.isLong {
            // Among few each may come too late.
            #expect(tally.pictureAmbushes > 0 && tally.commitAmbushes > 0, "a moment was never met, seed \(seed)")
        }
        #expect(ledger.contradictions == 0)
        #expect(Set(jobs.map(\.job)).count == jobs.count)
        #expect(try probe.text("PRAGMA integrity_check") == "ok")
        #expect(try probe.text("PRAGMA foreign_key_check") == nil)
        try checkJobs(jobs.map(\.job))
        let rows = try pictures()
        try checkPictures(rows, wanted: Dictionary(uniqueKeysWithValues: jobs.map { ($0.job, $0.pictures) }))
        try checkDrawing(rows)
    }

    /// Each ends complete, with one final event and nothing after it; no job is there that nobody asked for.
    private func checkJobs(_ jobs: [String]) throws {
        let complete = try probe.text("SELECT group_concat(id, ' ') FROM jobs WHERE state = 3") ?? ""
        #expect(Set(complete.split(separator: " ").map(String.init)) == Set(jobs), "seed \(seed)")
        #expect(try probe.text("SELECT count(*) FROM jobs") == "\(jobs.count)")
        #expect(try probe.text("SELECT count(*) FROM jobs WHERE worker IS NOT NULL") == "0")
        #expect(try probe.text("SELECT count(*) FROM workers") == "0")
        #expect(try probe.text("SELECT count(*) FROM events WHERE kind = 'COMPLETE'") == "\(jobs.count)")
        #expect(try probe.text("SELECT count(*) FROM events WHERE is_final = 1") == "\(jobs.count)")
        #expect(try probe.text("SELECT count(DISTINCT job_id) FROM events WHERE is_final = 1") == "\(jobs.count)")
        let late = """
            SELECT count(*) FROM events AS e WHERE EXISTS
            (SELECT 1 FROM events AS f WHERE f.job_id = e.job_id AND f.is_final = 1 AND f.seq < e.seq)
            """
        #expect(try probe.text(late) == "0")
        let untold = """
            SELECT count(*) FROM messages WHERE json_extract(extra_metadata, '$.job_id') IS NOT NULL
            AND json_extract(extra_metadata, '$.status') <> 'complete'
            """
        #expect(try probe.text(untold) == "0")
    }

    private struct Picture {
        var job: String
        var task: String
        var path: String
        var sha256: String
    }

    private func pictures() throws -> [Picture] {
        let text = try probe.text(
            "SELECT group_concat(job_id || ' ' || attempt || ' ' || number || ' ' || path || ' ' || sha256, char(10)) FROM images"
        )
        return (text ?? "").split(separator: "\n").map { line in
            let parts = line.split(separator: " ").map(String.init)
            return Picture(
                job: parts[0],
                task: "iq-\(parts[0])-\(parts[1])-\(parts[2])",
                path: parts[3],
                sha256: parts[4]
            )
        }
    }

    /// No row without its whole file, no file without its row, and as many of each as were asked for.
    private func checkPictures(_ rows: [Picture], wanted: [String: Int]) throws {
        #expect(Dictionary(grouping: rows, by: \.job).mapValues(\.count) == wanted)
        for row in rows {
            let bytes = try Data(contentsOf: URL(filePath: box.images + "/" + row.path))
            #expect(SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined() == row.sha256)
        }
        let unnamed = try box.unnamedFiles()
        #expect(unnamed == [], "seed \(seed)")
    }

    /// What the simulator drew. A death or a lost lease explains two pictures that are drawn again: the one that is being
    /// drawn, and the one before it that is drawn but not yet written down.
    private func checkDrawing(_ rows: [Picture]) throws {
        let drawn = Drawn.all(in: log)
        #expect(Drawn.mostAtOnce(in: log) == 1)
        let tasks = Dictionary(grouping: drawn, by: \.task)
        #expect(tasks.values.allSatisfy { $0.count == 1 }, "an attempt draws each of its pictures once")
        for row in rows {
            let origin = try #require(tasks[row.task]?.first, "a picture that nobody drew")
            #expect(origin.hasEnded && !origin.wasCut, "a cut picture was stored: \(row.task)")
        }
        let losses = tally.kills + tally.hangs + tally.lossesNoticed
        let again = drawn.count - rows.count
        #expect(again >= 0 && again <= 2 * losses, "\(again) pictures drawn again, \(losses) losses, seed \(seed)")
        let recoveries = tally.holderDeaths.compactMap { death in
            drawn.map { $0.started.timeIntervalSince(death) }.filter { $0 > 0 }.min()
        }
        print(
            """
            crash harness, seed \(seed): \(rows.count) pictures of \(ledger.entries.count) jobs through \(tally.kills) \
            kills (from ambush \(tally.pictureAmbushes) at pictures, \(tally.commitAmbushes) at commits) and \
            \(tally.hangs) hangs; \(again) drawn again; leases lost \
            \(tally.lossesNoticed); from a drawing worker's death to the next drawing: \(recoveries.inMilliseconds)
            """
        )
    }
}
