import Foundation
import ImageQueueCore
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct WatchTests {
        @Test(
            "A watch goes on after a cursor or a number, ends with its job, and begins anew where the place is unknown"
        )
        func places() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                let job = try await box.object("submit", "--json", "--forge", forge.url, "x")
                let id = try #require(job.string("job_id"))
                let all = try await box.run("watch", id, "--json", "--after", "0")
                #expect(all.status == 0)
                let events = try all.objects()
                #expect(events.map { $0.string("event") } == ["QUEUED", "COMPLETE"])
                let cursors = events.compactMap { $0.string("cursor") }
                let numbers = events.compactMap { $0.integer("seq") }
                #expect(zip(cursors, numbers).allSatisfy { $0.hasSuffix("-\($1)") })

                for place in ["\(numbers[0])", cursors[0]] {
                    let rest = try await box.run("watch", id, "--json", "--after", place)
                    #expect(try rest.objects().map { $0.string("event") } == ["COMPLETE"])
                    #expect(rest.status == 0)
                }
                // Behind the job's end nothing is left to tell, and nothing to wait for.
                for place in ["\(numbers[1])", cursors[1]] {
                    let nothing = try await box.run("watch", id, "--json", "--after", place)
                    #expect(nothing.status == 0)
                    #expect(nothing.output.isEmpty)
                }
                for place in ["999", "9223372036854775807", "anotherlog-1"] {
                    let anew = try await box.run("watch", id, "--json", "--after", place)
                    #expect(anew.status == 0)
                    let told = try anew.objects()
                    #expect(told.map { $0.string("event") } == ["RESET", "COMPLETE"])
                    #expect(told.map { $0["final"] } == [false, true])
                    #expect(told[0]["job_id"] == nil)
                }
            }
        }

        @Test("Events carry every field in its type, and the pictures that are stored so far")
        func fields() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 40)
                let prompt = String(repeating: "👩‍👩‍👧‍👦", count: 99) + "שלום"
                let place = ["--conversation", "c1", "--owner", "ada", "--count", "3"]
                let receipt = try await box.start(["submit", "--detach", "--json"] + place + [prompt]).finish().object()
                let id = try #require(receipt.string("job_id"))
                let watch = try box.start("watch", id, "--json", "--after", "0")
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                let finished = try await watch.finish()
                #expect(finished.status == 0)
                let events = try finished.objects()
                var delivered: Int64 = 0
                var progress: Int64 = 0
                for event in events {
                    let kind = try #require(event.string("event"))
                    #expect(event["final"] == .bool(kind == "COMPLETE"))
                    #expect(event.string("type") == "image_progress")
                    #expect(event.string("job_id") == id)
                    #expect(event.integer("message_id") == receipt.integer("message_id"))
                    #expect(event.string("conversation_id") == "c1")
                    #expect(event.string("owner") == "ada")
                    #expect(event.integer("attempt") != nil)
                    #expect(event.string("prompt") == String(repeating: "👩‍👩‍👧‍👦", count: 99) + "ש")
                    let at = try #require(event.string("at"))
                    #expect(try Date(at, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) <= .now)
                    let number = try #require(event.integer("seq"))
                    if kind == "PROGRESS" {
                        #expect(number == delivered)
                        let share = try #require(event.integer("progress"))
                        #expect(share >= progress && share < 100)
                        progress = share
                    } else {
                        #expect(number > delivered)
                        delivered = number
                    }
                    let urls = event.strings("image_urls")
                    #expect(event.string("image_url") == urls.first)
                    #expect(urls.allSatisfy { $0.hasPrefix("/images/") && $0.contains(id) })
                    #expect(Set(event.members.keys).isSubset(of: Self.keys), "\(event.members.keys)")
                }
                let stored = events.filter { $0.string("event") == "PROGRESS" }.map { $0.strings("image_urls").count }
                #expect(stored.contains { (1...2).contains($0) } && stored == stored.sorted(), "\(stored)")
                #expect(events.last?.string("event") == "COMPLETE")
                #expect(events.last?.integer("progress") == 100)
                #expect(events.last?.strings("image_urls").count == 3)
            }
        }

        private static let keys: Set<String> = [
            "event", "final", "seq", "cursor", "at", "type", "job_id", "message_id", "conversation_id", "owner",
            "attempt",
            "status", "progress", "queue_position", "estimated_seconds", "prompt", "image_url", "image_urls", "error",
            "error_code",
        ]

        @Test("For people a strange prompt neither moves the cursor nor turns what stands beside it")
        func plain() async throws {
            try await Sandbox.with { box in
                let receipt = try await box.object("submit", "--detach", "--json", "قطة\u{1B}[31m\u{202E}\nx")
                let id = try #require(receipt.string("job_id"))
                #expect(try await box.run("cancel", id).status == 0)
                let watch = try await box.run("watch", id, "--after", "0")
                #expect(watch.status == 2)
                #expect(watch.lines.count == 2)
                #expect(
                    watch.lines[0].hasSuffix("QUEUED    position 1, “\u{2068}قطة\u{FFFD}[31m x\u{2069}”"),
                    "\(watch.lines)"
                )
                #expect(watch.lines[1].hasSuffix("ERROR     Cancelled. (cancelled)"))
            }
        }

        @Test("A watch exits as its job ends, and with 75 where it is given up before")
        func codes() async throws {
            try await Sandbox.with { box in
                let receipt = try await box.object("submit", "--detach", "--json", "x")
                let id = try #require(receipt.string("job_id"))
                let watch = try box.start("watch", id)
                _ = try await eventually("watching") { watch.standardOutput.contains("QUEUED") ? true : nil }
                watch.send(SIGINT)
                #expect(try await watch.finish().status == 75)
                let other = try box.start("watch", id, "--json")
                _ = try await eventually("watching") { other.standardOutput.contains("QUEUED") ? true : nil }
                #expect(try await box.run("cancel", id).status == 0)
                let cancelled = try await other.finish()
                #expect(cancelled.status == 2)
                #expect(try cancelled.objects().map { $0.string("event") } == ["QUEUED", "ERROR"])
                #expect(try cancelled.objects().last?.string("error_code") == "cancelled")
                #expect(try await box.run("watch", id, "--after", "99").status == 2)
            }
        }

        @Test("Watchers that leave and come back see the same logged events as one that stayed")
        func comingBack() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 5)
                // One of another owner makes the file, and is in nobody's sequence.
                _ = try await box.object("submit", "--detach", "--json", "--delay", "3600", "--owner", "other", "first")
                let stayed = try box.start("watch", "--json", "--after", "0", "--owner", "ada")
                let worker = try box.start("worker", "--forge", forge.url)
                var gathered: [String] = []
                var place = "0"
                for round in 0..<6 {
                    let leaving = try box.start("watch", "--json", "--after", place, "--owner", "ada")
                    for number in 0..<2 {
                        _ = try await box.run("submit", "--detach", "--owner", "ada", "\(round).\(number)")
                    }
                    _ = try await eventually("something is told") {
                        leaving.standardOutput.contains("\n") ? true : nil
                    }
                    // Without a farewell, perhaps in the middle of a line.
                    leaving.send(SIGKILL)
                    _ = try await leaving.finish()
                    let text = leaving.standardOutput
                    for line in text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n") {
                        let event = try JSONObject(String(line))
                        place = try #require(event.string("cursor"))
                        if event.string("event") != "PROGRESS" { gathered.append(Self.word(event)) }
                    }
                }
                _ = try await eventually("all is drawn") {
                    let active = try await box.run("list", "--json", "--state", "active", "--owner", "ada")
                    return active.output.isEmpty ? true : nil
                }
                let rest = try box.start("watch", "--json", "--after", place, "--owner", "ada")
                let wanted = 24
                func logged(_ launch: Launch) throws -> [String] {
                    let text = launch.standardOutput
                    return try text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n")
                        .map { try JSONObject(String($0)) }.filter { $0.string("event") != "PROGRESS" }.map(Self.word)
                }
                let all = try await eventually("both have seen all") {
                    let whole = try logged(stayed)
                    return try whole.count >= wanted && gathered.count + logged(rest).count >= wanted ? whole : nil
                }
                gathered += try logged(rest)
                #expect(gathered == all)
                #expect(all.count == wanted)
                for launch in [stayed, rest, worker] { launch.send(SIGTERM) }
                for launch in [stayed, rest, worker] { _ = try await launch.finish() }
            }
        }

        private static func word(_ event: JSONObject) -> String {
            "\(event.integer("seq") ?? 0) \(event.string("event") ?? "") \(event.string("job_id") ?? "")"
        }
    }
}
