import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueStore
import ImageQueueTesting
import ProcessSupport
import Testing

extension CrashHarness {
    @Suite(.timeLimit(.minutes(2))) struct WatchTests {
        @Test("Watchers that come back at random places see what one that stayed saw")
        func comeBack() async throws {
            let seed = CrashHarness.seed()
            let jobs = CrashHarness.rounds(short: 60, long: 600)
            try await withQueue { box, forge, queue in
                let start = try await beginning(queue)
                let end = End()
                let all = try await queue.events(matching: JobFilter(), after: start)
                async let stayed = read(all)
                async let library = visitor(Visitor(from: start, seed: seed)) { visitor in
                    try await visitor.visit(queue) { end.last }
                }
                async let command = visitor(Visitor(from: start, seed: seed &+ 1)) { visitor in
                    try await visitor.visit(box) { end.last }
                }
                try await work(jobs, queue, forge, seed: seed)
                let last = try await lastOfLog(box)
                end.set(last)
                let (first, second) = (try await library, try await command)
                // By now it has seen all, too: what it is given it is given in order.
                all.finish()
                let reference = try await stayed
                #expect(reference.map(\.sequence).max() == last)
                #expect(reference.filter(\.isFinal).count == jobs)
                #expect(reference.count > 2 * jobs, "no job came back for another attempt")
                #expect(first.seen == reference, "seed \(seed)")
                #expect(second.seen == reference, "seed \(seed)")
                #expect(first.visits > 5 && second.visits > 2)
                let kinds = Dictionary(grouping: reference, by: \.kind).map { "\($0.value.count) \($0.key)" }.sorted()
                print("watchers, seed \(seed): \(kinds), in \(first.visits) visits, \(second.visits) as processes")
            }
        }

        /// Submits; cancels some, lets Forge fail at some and lose the answer of others.
        private func work(_ jobs: Int, _ queue: ImageQueue, _ forge: ForgeSimulator, seed: UInt64) async throws {
            var chance = SeededGenerator(seed: seed &+ 2)
            for number in 0..<jobs {
                let id = try await queue.submit(Submission(request: .small("kedi", seed: 1, steps: 3))).jobID
                switch number % 6 {
                case 1: _ = try await queue.cancel(id)
                case 3: forge.order(.validation("no such cat"), for: .txt2img, times: 1)
                case 5: forge.order(.dropInBody, for: .txt2img, times: 1)
                default: break
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...40, using: &chance)))
            }
            try await eventually("every job has ended") {
                try await queue.list(JobFilter(states: JobFilter.unfinished)).jobs.isEmpty ? () : nil
            }
        }

        @Test("After retention a watcher is told RESET and how all stands, and then what follows")
        func pruned() async throws {
            try await withQueue { box, forge, queue in
                let start = try await beginning(queue)
                let all = try await queue.events(matching: JobFilter(), after: start)
                async let stayed = read(all)
                try await work(6, queue, forge, seed: 1)
                try await queue.pause()
                var waiting: [JobID] = []
                for _ in 0..<5 {
                    waiting.append(try await queue.submit(Submission(request: .small("w", seed: 1, steps: 3))).jobID)
                }
                let pruned = try await lastOfLog(box)
                while try await queue.store.prune(olderThan: .zero, limit: 4) {}
                #expect(try DatabaseProbe(path: box.database).text("SELECT count(*) FROM events") == "0")

                let torn = try await queue.events(matching: JobFilter(), after: start)
                let seen = try await read(torn) { $0.count == 3 }
                #expect(seen.first?.kind == .reset)
                let place = try #require(seen.last).cursor

                let whole = try await queue.events(matching: JobFilter(), after: start)
                let again = try await queue.events(matching: JobFilter(), after: place)
                let command = try box.start("watch", "--json", "--after", "\(start)")
                for events in [whole, again] {
                    // Torn away in the middle of the snapshot, a watcher must still come to know the rest.
                    let told = try await read(events) { $0.count == waiting.count + 1 }
                    #expect(told.first?.kind == .reset)
                    #expect(told.compactMap(\.jobID) == waiting)
                }
                try await eventually("the command has begun") {
                    command.standardOutput.components(separatedBy: "QUEUED").count > waiting.count ? () : nil
                }
                try await queue.resume()
                try await work(6, queue, forge, seed: 2)
                let last = try await lastOfLog(box)
                try await eventually("the command has told all") {
                    command.standardOutput.contains("\"seq\":\(last),") ? () : nil
                }
                command.send(SIGINT)
                let lines = try await command.finish().objects()
                all.finish()
                let tail = try await stayed.filter { $0.sequence > pruned }

                #expect(tail.last?.sequence == last)
                for events in [whole, again] {
                    let rest = try await read(events) { $0.last?.isLogged == true && $0.last?.cursor.sequence == last }
                    #expect(rest.compactMap(Sighting.init) == tail)
                }
                #expect(lines.first?.string("event") == "RESET")
                #expect(lines.dropFirst().prefix(5).map { $0.string("job_id") } == waiting.map { "\($0)" })
                #expect(lines.dropFirst(6).compactMap(Sighting.init) == tail)
            }
        }

        @Test("After a restored backup a watcher is told RESET, also once the log has grown past its place")
        func restored() async throws {
            try await Sandbox.with { box in
                let backup = box.file("backup.db")
                var place = EventCursor(log: "none", sequence: 0)
                try await withQueue(in: box) { queue, forge in
                    try await work(4, queue, forge, seed: 1)
                    _ = try DatabaseProbe(path: box.database).text("VACUUM INTO '\(backup)'")
                    try await work(4, queue, forge, seed: 2)
                    place = EventCursor(log: try await beginning(queue).log, sequence: try await lastOfLog(box))
                }
                for suffix in ["", "-wal", "-shm"] {
                    try? FileManager.default.removeItem(atPath: box.database + suffix)
                }
                try FileManager.default.copyItem(atPath: backup, toPath: box.database)
                try await withQueue(in: box) { queue, forge in
                    let future = try await queue.events(matching: JobFilter(), after: place)
                    #expect(try await firstEvent(future)?.kind == .reset)
                    try await work(12, queue, forge, seed: 3)
                    #expect(try await lastOfLog(box) > place.sequence)
                    // What stands at that number now is not what stood there when the cursor was given.
                    let past = try await queue.events(matching: JobFilter(), after: place)
                    let kind = try await firstEvent(past)?.kind
                    #expect(kind == .reset)
                }
            }
        }

        // MARK: - Reading

        /// What comes until it is enough.
        private func read(_ events: JobEvents, until isEnough: ([JobEvent]) -> Bool) async throws -> [JobEvent] {
            var told: [JobEvent] = []
            for try await event in events {
                told.append(event)
                if isEnough(told) { break }
            }
            return told
        }

        private func read(_ events: JobEvents) async throws -> [Sighting] {
            var seen: [Sighting] = []
            for try await event in events {
                #expect(event.kind != .reset)
                if let sighting = Sighting(event) { seen.append(sighting) }
            }
            return seen
        }

        private func firstEvent(_ events: JobEvents) async throws -> JobEvent? {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await Task.sleep(for: .seconds(2))
                    events.finish()
                }
                defer { group.cancelAll() }
                for try await event in events { return event }
                return nil
            }
        }

        private func visitor(
            _ visitor: Visitor,
            _ visit: (inout Visitor) async throws -> Void
        ) async throws -> Visitor {
            var visitor = visitor
            try await visit(&visitor)
            return visitor
        }

        /// The number of the log's last event, once there is one.
        private final class End: Sendable {
            private let value = Lock<Int64?>(nil)
            var last: Int64? { value.withLock { $0 } }
            func set(_ last: Int64) { value.withLock { $0 = last } }
        }

        private func beginning(_ queue: ImageQueue) async throws -> EventCursor {
            let snapshot = try await queue.store.snapshot(matching: JobFilter(), as: .operator)
            return EventCursor(log: snapshot.cursor.log, sequence: 0)
        }

        private func lastOfLog(_ box: Sandbox) async throws -> Int64 {
            let text = try DatabaseProbe(path: box.database).text(
                "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
            )
            return try #require(text.flatMap { Int64($0) })
        }

        // MARK: - The queue

        private func withQueue(
            _ body: (Sandbox, ForgeSimulator, ImageQueue) async throws -> Void
        ) async throws {
            try await Sandbox.with { box in
                try await withQueue(in: box) { queue, forge in try await body(box, forge, queue) }
            }
        }

        /// A queue whose worker draws with a simulator that is soon done.
        private func withQueue(
            in box: Sandbox,
            _ body: (ImageQueue, ForgeSimulator) async throws -> Void
        ) async throws {
            var configuration = SimulatorConfiguration()
            configuration.stepTime = .milliseconds(3)
            try await Household.with(box, simulator: configuration) { house in
                try await body(house.queue, house.forge)
            }
        }
    }
}
