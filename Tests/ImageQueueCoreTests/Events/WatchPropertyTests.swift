import Testing

@testable import ImageQueueCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("What a watcher may rely on, whatever comes between", .timeLimit(.minutes(2)))
struct WatchPropertyTests {
    struct Setting: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var isNamed = false
        var isFresh = false
        var prunes = false
        var logged = 6
    }

    static let settings = [
        Setting(testDescription: "from a place in the log"),
        Setting(testDescription: "from a place in the log, with room", logged: 256),
        Setting(testDescription: "from how things stand", isFresh: true),
        Setting(testDescription: "from how things stand, with room", isFresh: true, logged: 256),
        Setting(testDescription: "while the log is pruned", isFresh: true, prunes: true),
        Setting(testDescription: "from a place, while the log is pruned", prunes: true),
        Setting(testDescription: "named jobs", isNamed: true, isFresh: true),
        Setting(testDescription: "named jobs from a place", isNamed: true),
        Setting(testDescription: "named jobs while the log is pruned", isNamed: true, prunes: true),
    ]

    @Test("Every logged event once and in order, progress never falling, nothing after the end", arguments: settings)
    func properties(setting: Setting) throws {
        var limits = WatchBuffer.Limits()
        limits.logged = setting.logged
        var total = (logged: 0, progress: 0, places: 0, resets: 0, replays: 0, size: 0)
        for seed in 0..<150 as Range<UInt64> {
            var model = WatchModel(
                seed: seed,
                isNamed: setting.isNamed,
                isFresh: setting.isFresh,
                limits: limits
            )
            do {
                try model.run(turns: 400, pruning: setting.prunes)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            total.logged += model.loggedDeliveries
            total.progress += model.progressDeliveries
            total.places += model.placeDeliveries
            total.resets += model.resets
            total.replays += model.replays
            total.size = max(total.size, model.greatestSize)
        }
        print("\(setting.testDescription): \(total)")
        #expect(total.logged > 150)
        #expect(total.progress > 150)
        #expect(total.places > 150)
        #expect(!setting.prunes || total.resets > 20)
        #expect(setting.logged > 6 || setting.isNamed || total.replays > 100)
    }

    @Test("A watcher that is stuck while 100,000 jobs come and go holds a bounded amount")
    func stuck() {
        let limits = WatchBuffer.Limits()
        let bound = limits.logged + limits.progress + limits.places + limits.told + limits.notices + limits.overtaken
        var buffer = WatchBuffer(
            cursor: EventCursor(log: "log", sequence: 0),
            remaining: nil,
            isBehind: false,
            limits: limits
        )
        var greatest = 0
        var sequence: Int64 = 0
        func event(_ kind: JobEvent.Kind, _ job: JobID, _ percent: Int? = nil) -> JobEvent {
            if kind != .progress { sequence += 1 }
            return JobEvent(
                kind: kind,
                isFinal: kind == .complete,
                cursor: EventCursor(log: "log", sequence: sequence),
                at: .distantPast,
                jobID: job,
                attempt: 1,
                status: kind == .progress ? "processing" : kind == .queued ? "queued" : "complete",
                progress: percent,
                position: kind == .queued ? Int(sequence) : nil
            )
        }
        for number in 0..<100_000 {
            let job = JobID.make()
            let isLeftOpen = number.isMultiple(of: 2)
            let queued = event(.queued, job)
            buffer.take(events: [queued], progress: [], cursor: queued.cursor, moves: 1)
            let progress = event(.progress, job, 50)
            buffer.take(events: [], progress: [progress], cursor: progress.cursor, moves: 0)
            buffer.tell(progress)
            if !isLeftOpen {
                let complete = event(.complete, job, 100)
                buffer.take(events: [complete], progress: [], cursor: complete.cursor, moves: 1)
            }
            // Half of the time it reads what is there and never what was left out.
            if number < 50_000, number.isMultiple(of: 3) { _ = buffer.next(mayLook: false) }
            greatest = max(greatest, buffer.size)
        }
        #expect(greatest <= bound)
        #expect(greatest > limits.logged)
        print("a stuck watcher held at most \(greatest) of \(bound)")
    }
}
