import Crypto
import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

/// Looks at what a soak left: the store, the files, the simulator's journal, and what the host told of itself.
struct SoakVerdict {
    let box: Sandbox
    let jobs: [Job]
    let log: [JSONObject]
    let report: SoakAccount
    let seed: UInt64

    /// Marks what did not come from the queue.
    static let stranger = "by=stranger"

    /// How many requests may be open at once though nobody waits for them: at most one generation that was given up, for
    /// the next leaves only when it is settled; and of the session for questions at most two, for at three it is
    /// replaced, beside what two sessions before have left, in the half second until their own time-out.
    static let leftOverLimit = 8

    private var probe: DatabaseProbe { DatabaseProbe(path: box.database) }

    func check(count: Int, isLong: Bool) throws {
        #expect(jobs.count == count)
        #expect(report.jobs == count)
        #expect(try probe.text("PRAGMA integrity_check") == "ok")
        #expect(try probe.text("SELECT count(*) FROM jobs WHERE worker IS NOT NULL OR state < 3") == "0")
        #expect(try probe.text("SELECT count(*) FROM workers") == "0")
        #expect(try probe.text("SELECT count(*) FROM events WHERE is_final = 1") == "\(count)")
        #expect(try probe.text("SELECT count(DISTINCT job_id) FROM events WHERE is_final = 1") == "\(count)")
        let requests = log.filter { $0.string("event") == "request" }
        let faults = Dictionary(grouping: requests) { $0.string("task_id") ?? "" }
            .mapValues { Set($0.compactMap { $0.string("fault") }) }
        for job in jobs { checkEnding(of: job, faults) }
        try checkPictures()
        checkInterrupts(requests)
        checkMisbehaviour(requests, isLong: isLong)
        checkRequests()
        if isLong { checkMemory() }
        tell(requests)
    }

    private func checkEnding(of job: Job, _ faults: [String: Set<String>]) {
        let cancel = report.cancels["\(job.id)"]
        let name = "seed \(seed), \(job.id) \(job.state) after \(cancel ?? "no cancel")"
        switch job.state {
        case .complete:
            #expect(job.images.map(\.number) == Array(0..<job.request.pictureCount), "\(name)")
            #expect(cancel != "cancelled", "\(name)")
        case .cancelled:
            #expect(cancel == "cancelled" || cancel == "requested", "\(name)")
            #expect(job.images.count < job.request.pictureCount, "\(name)")
        case .failed:
            #expect(cancel == nil || cancel == "already_ended", "\(name)")
            let code = job.failure?.code.rawValue ?? ""
            let met = faults.filter { $0.key.hasPrefix("iq-\(job.id)-") }.values.flatMap(\.self)
            let isExplained = Misbehaviour.failing[code, default: []].contains { kind in
                met.contains { $0.hasPrefix(kind) }
            }
            // What is tried again ends only with its tries.
            #expect(isExplained || job.attempt >= 10, "\(name): \(code) after \(met)")
        case .scheduled, .queued, .processing:
            Issue.record("\(name)")
        }
    }

    /// No stored picture that was cut, or that nobody drew; no file without its row.
    private func checkPictures() throws {
        let drawn = Dictionary(grouping: Drawn.all(in: log), by: \.task)
        #expect(Drawn.mostAtOnce(in: log) == 1)
        for job in jobs {
            for image in job.images {
                let task = "iq-\(job.id)-\(image.attempt)-\(image.number)"
                let origins = drawn[task] ?? []
                #expect(origins.count == 1, "\(task) was drawn \(origins.count) times, seed \(seed)")
                #expect(
                    origins.allSatisfy { $0.hasEnded && !$0.wasCut && !$0.hasFailed },
                    "\(origins), seed \(seed):\n\(happened(around: task).joined(separator: "\n"))"
                )
                #expect(image.seed == job.request.drawing.map { UInt64($0.seed(ofPicture: image.number)) })
                let bytes = try Data(contentsOf: URL(filePath: box.images + "/" + image.path))
                #expect(SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined() == image.sha256)
            }
        }
        #expect(try box.unnamedFiles() == [], "seed \(seed)")
    }

    /// What the simulator did from shortly before a task began until shortly after it was answered.
    private func happened(around task: String) -> [String] {
        let times = log.filter { $0.string("task_id") == task }.compactMap { $0.number("time") }
        guard let first = times.min(), let last = times.max() else { return [] }
        return log.filter { line in line.number("time").map { (first - 1...last + 1).contains($0) } ?? false }
            .map { "\($0.number("time") ?? 0) \($0.members.filter { $0.value != .null })" }
    }

    /// No interrupt of ours met a picture that is a result, nor one that no request of ours was for.
    private func checkInterrupts(_ requests: [JSONObject]) {
        let stored = Set(jobs.flatMap { job in job.images.map { "iq-\(job.id)-\($0.attempt)-\($0.number)" } })
        for interrupt in requests where isOurs(interrupt) {
            guard let hit = interrupt.string("active_at_arrival") else { continue }
            #expect(!stored.contains(hit), "an interrupt of ours hit \(hit), seed \(seed)")
            #expect(hit.hasPrefix("iq-"))
        }
    }

    private func isOurs(_ request: JSONObject) -> Bool {
        request.string("path") == "/sdapi/v1/interrupt" && request.string("query") != Self.stranger
    }

    private func met(_ kinds: [String], _ requests: [JSONObject]) -> Int {
        requests.count { request in kinds.contains { request.string("fault")?.hasPrefix($0) == true } }
    }

    private func checkMisbehaviour(_ requests: [JSONObject], isLong: Bool) {
        let total = requests.count { $0.string("fault") != nil }
        #expect(total >= jobs.count / 5, "too little went wrong to show anything")
        guard isLong else { return }
        for (kind, words) in Misbehaviour.kinds { #expect(met(words, requests) > 0, "no \(kind) was met") }
        #expect(foreignCuts > 0)
    }

    private var foreignCuts: Int {
        let cancelled = Set(report.cancels.keys)
        return Drawn.all(in: log).count { drawn in
            drawn.wasCut && !cancelled.contains { drawn.task.hasPrefix("iq-\($0)-") }
        }
    }

    private func checkRequests() {
        #expect(report.openAtEnd == 0)
        #expect(report.mostLeftOver <= Self.leftOverLimit, "seed \(seed)")
    }

    private func checkMemory() {
        guard report.memory.count == 4, report.memory[0].kilobytes > 0 else {
            Issue.record("no figures of memory")
            return
        }
        let (early, late) = (report.memory[0], report.memory[3])
        #expect(Double(late.kilobytes) <= 1.1 * Double(early.kilobytes), "\(report.memory), seed \(seed)")
    }

    private func tell(_ requests: [JSONObject]) {
        let outcomes = Dictionary(grouping: jobs) { job in
            job.state == .failed ? job.failure?.code.rawValue ?? "failed" : "\(job.state)"
        }
        let kinds = Misbehaviour.kinds.map { "\($0.key) \(met($0.value, requests))" }.sorted()
        print(
            """
            soak, seed \(seed): \(jobs.count) jobs in \(report.seconds) s, \
            \(requests.count { $0.string("path") == "/sdapi/v1/txt2img" }) drawings asked; \
            \(outcomes.map { "\($0.key) \($0.value.count)" }.sorted()); met \(kinds), foreign cuts \(foreignCuts), \
            cancels \(Dictionary(grouping: report.cancels.values, by: \.self).map { "\($0.key) \($0.value.count)" }.sorted()); \
            attempts at most \(jobs.map(\.attempt).max() ?? 0); \
            memory \(report.memory.map { "\($0.jobs): \($0.kilobytes) kB" }); requests open at most \(report.mostOpen), \
            left over at most \(report.mostLeftOver), at the end \(report.openAtEnd)
            """
        )
    }
}
