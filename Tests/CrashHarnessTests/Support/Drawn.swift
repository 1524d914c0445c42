import ForgeSimulator
import Foundation
import ProcessSupport

/// A generation of the simulator's, of whichever process it is.
struct Drawn {
    var task: String
    var prompt: String
    var started: Date
    /// An interrupt or a skip ended it early.
    var wasCut: Bool
    var hasEnded: Bool
    /// It ended without a picture.
    var hasFailed: Bool

    init(_ record: GenerationRecord) {
        task = record.taskID
        prompt = record.prompt
        started = record.startedAt
        wasCut = record.interrupted || record.skips > 0
        hasEnded = record.ended != nil
        hasFailed = record.failure != nil
    }

    /// From the line that a log holds of a generation's start or end.
    init?(_ line: JSONObject) {
        guard let event = line.string("event"), event.hasPrefix("generation_"), let task = line.string("task_id"),
            let time = line.number("time")
        else { return nil }
        self.task = task
        prompt = line.string("prompt") ?? ""
        started = Date(timeIntervalSince1970: time)
        wasCut = line.flag("interrupted") || (line.integer("skips") ?? 0) > 0
        hasEnded = event == "generation_ended"
        hasFailed = line.string("failure") != nil
    }

    /// What a log tells of every generation that began; the later line of one replaces the earlier.
    static func all(in log: [JSONObject]) -> [Drawn] {
        var order: [Int64] = []
        var drawn: [Int64: Drawn] = [:]
        for line in log {
            guard let generation = Drawn(line), let id = line.integer("id") else { continue }
            if drawn.updateValue(generation, forKey: id) == nil { order.append(id) }
        }
        return order.compactMap { drawn[$0] }
    }

    /// The most generations of a log that were open at the same time.
    static func mostAtOnce(in log: [JSONObject]) -> Int {
        var open = 0
        var most = 0
        for line in log {
            if line.string("event") == "generation_started" { open += 1 }
            if line.string("event") == "generation_ended" { open -= 1 }
            most = max(most, open)
        }
        return most
    }
}

/// An interrupt that reached the simulator.
struct Interruption {
    var arrived: Date
    /// The task that was drawn then.
    var hit: String?

    init(_ record: RequestRecord) {
        arrived = record.arrivedAt
        hit = record.activeAtArrival
    }

    init?(_ line: JSONObject) {
        guard line.string("path") == "/sdapi/v1/interrupt", let time = line.number("time") else { return nil }
        arrived = Date(timeIntervalSince1970: time)
        hit = line.string("active_at_arrival")
    }
}

extension Collection<Double> {
    /// The middle one; 0 of none.
    var median: Double { isEmpty ? 0 : sorted()[count / 2] }

    /// Of so many seconds, in milliseconds.
    var inMilliseconds: String {
        "median \(Int(median * 1000)) ms, longest \(Int((self.max() ?? 0) * 1000)) ms of \(count)"
    }
}
