import Foundation
import ImageQueueCore
import ImageQueueTesting
import ProcessSupport

/// A watcher that comes, is torn away at a random moment, and comes back with the last cursor that it was given.
struct Visitor {
    private(set) var cursor: EventCursor
    private(set) var seen: [Sighting] = []
    private(set) var visits = 0
    private var chance: SeededGenerator

    init(from cursor: EventCursor, seed: UInt64) {
        self.cursor = cursor
        chance = SeededGenerator(seed: seed)
    }

    /// By the library, until the log's event `last` was seen.
    mutating func visit(_ queue: ImageQueue, until last: @Sendable () -> Int64?) async throws {
        while last().map({ cursor.sequence < $0 }) ?? true {
            try Task.checkCancellation()
            visits += 1
            let events = try await queue.events(matching: JobFilter(), after: cursor)
            let stay = Duration.milliseconds(Int.random(in: 0...120, using: &chance))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await Task.sleep(for: stay)
                    events.finish()
                }
                for try await event in events {
                    take(event)
                    if Int.random(in: 0...7, using: &chance) == 0 { break }
                }
                group.cancelAll()
            }
        }
    }

    /// By `iqctl watch --json`, killed with what it has printed, perhaps in the middle of a line.
    mutating func visit(_ box: Sandbox, until last: @Sendable () -> Int64?) async throws {
        while last().map({ cursor.sequence < $0 }) ?? true {
            try Task.checkCancellation()
            visits += 1
            let watch = try box.start("watch", "--json", "--after", "\(cursor)")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...500, using: &chance)))
            watch.send(SIGKILL)
            _ = try await watch.finish()
            let text = watch.standardOutput
            guard let end = text.lastIndex(of: "\n") else { continue }
            for line in text[..<end].split(separator: "\n") { try take(JSONObject(String(line))) }
        }
    }

    private mutating func take(_ event: JobEvent) {
        cursor = event.cursor
        if let sighting = Sighting(event) { seen.append(sighting) }
    }

    private mutating func take(_ line: JSONObject) throws {
        guard let next = line.string("cursor").flatMap({ EventCursor($0) }) else {
            throw Timeout(description: "an event without a cursor")
        }
        cursor = next
        if let sighting = Sighting(line) { seen.append(sighting) }
    }
}
