import ForgeSimulator
import Foundation
import Testing

/// One job at a time, in the order of arrival, whatever the clients do meanwhile.
@Suite(.timeLimit(.minutes(1)))
struct QueueTests {
    @Test func runsInTheOrderOfArrival() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(10) }) { forge in
            let ids = (0..<8).map { "job-\($0)" }
            var calls: [RawConnection] = []
            for (place, id) in ids.enumerated() {
                calls.append(try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 10, id: id)))
                try await eventually("arrival of \(id)") { forge.log.count == place + 1 && forge.isKnown(id) }
            }
            for call in calls { #expect(try await call.answer().status == 200) }
            #expect(forge.generations.map(\.taskID) == ids)
            #expect(forge.mostGenerationsAtOnce == 1)
        }
    }

    @Test func tellsThePlaceInTheQueue() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(20) }) { forge in
            let first = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 3_000, id: "a"))
            try await eventually("a runs") { forge.activeTask == "a" }
            let second = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(id: "b"))
            try await eventually("b waits") { forge.pendingTasks == ["b"] }
            let b = try await forge.taskProgress("b")
            #expect(b["queued"] as? Bool == true)
            #expect(b["textinfo"] as? String == "In queue: 1/1")
            #expect(try await forge.taskProgress("a")["active"] as? Bool == true)
            let pending = try await forge.call("GET", "/internal/pending-tasks")
            #expect(pending.text == #"{"size":1,"tasks":["b"]}"#)
            _ = try await forge.call("POST", "/sdapi/v1/interrupt")
            #expect(try await first.answer().status == 200)
            // The interrupt hit a alone.
            #expect(try await second.answer().status == 200)
            #expect(forge.generations.map(\.interrupted) == [true, false])
        }
    }

    @Test func aClientThatLeavesStopsNothing() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(80) }) { forge in
            let running = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 30, id: "a"))
            try await eventually("a runs") { forge.activeTask == "a" }
            let waiting = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 4, id: "b"))
            try await eventually("b waits") { forge.pendingTasks == ["b"] }
            running.close()
            waiting.close()
            try await eventually("both done") { forge.generations.count == 2 && forge.generations[1].ended != nil }
            #expect(forge.generations.map(\.stepsDone) == [30, 4])
            try await eventually("lost answers") { forge.log.prefix(2).allSatisfy { $0.answered != nil } }
            #expect(try await forge.taskProgress("b")["completed"] as? Bool == true)
        }
    }

    @Test func fortyJobsHoldUpEverything() async throws {
        let configuration = configured { configuration in
            configuration.stepTime = .milliseconds(10)
            configuration.workerThreads = 4
        }
        try await ForgeSimulator.withServer(configuration) { forge in
            var calls: [RawConnection] = []
            for _ in 0..<5 {
                calls.append(try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 20)))
            }
            try await eventually("all arrived") { forge.log.count == 5 }
            let progress = try await forge.call("GET", "/sdapi/v1/progress")
            #expect(progress.status == 200)
            // It was let in only after jobs had ended.
            #expect(forge.generations.filter { $0.ended != nil }.count >= 1)
            for call in calls { #expect(try await call.answer().status == 200) }
        }
    }

    @Test func forgetsATaskAfterSixteenOthers() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .zero }) { forge in
            _ = try await forge.txt2img(id: "old")
            for _ in 0..<15 { _ = try await forge.txt2img(#""send_images": false"#) }
            #expect(try await forge.taskProgress("old")["completed"] as? Bool == true)
            _ = try await forge.txt2img()
            #expect(try await forge.taskProgress("old")["completed"] as? Bool == false)
        }
    }

    @Test func keepsAConnectionForAWhile() async throws {
        try await ForgeSimulator.withServer(configured { $0.keepAlive = .seconds(2) }) { forge in
            let connection = try RawConnection(port: forge.port)
            for _ in 0..<3 {
                connection.send(ForgeSimulator.requestText("GET", "/internal/ping"))
                #expect(try await connection.answer().text == "{}")
            }
            let start = ContinuousClock.now
            #expect(try await connection.readToEnd().isEmpty)
            #expect(start.duration(to: .now) > .milliseconds(50))
            #expect(forge.log.count == 3)
        }
    }

    @Test func keepsAConnectionOnWhichTheNextRequestCameBeforeTheAnswer() async throws {
        let configuration = configured { configuration in
            configuration.keepAlive = .milliseconds(100)
            configuration.stepTime = .milliseconds(400)
        }
        try await ForgeSimulator.withServer(configuration) { forge in
            let connection = try RawConnection(port: forge.port)
            connection.send(
                ForgeSimulator.requestText("GET", "/internal/ping")
                    + ForgeSimulator.requestText("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 2))
            )
            #expect(try await connection.answer().text == "{}")
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test func closesWhenAsked() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let connection = try forge.begin("GET", "/internal/ping", headers: ["connection": "close"])
            let text = String(decoding: try await connection.readToEnd(), as: UTF8.self)
            #expect(text.contains("connection: close\r\n"))
        }
    }

    @Test func readsBodiesInChunks() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let body = ForgeSimulator.body()
            let connection = try RawConnection(port: forge.port)
            connection.send(
                "POST /sdapi/v1/txt2img HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n"
                    + "transfer-encoding: chunked\r\n\r\n"
            )
            for part in [body.prefix(7), body.dropFirst(7)] {
                connection.send(String(part.utf8.count, radix: 16) + "\r\n\(part)\r\n")
            }
            connection.send("0\r\n\r\n")
            #expect(try await connection.answer().status == 200)
        }
    }

    @Test func refusesWhatIsNoHTTP() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let connection = try RawConnection(port: forge.port)
            connection.send("nonsense\r\n\r\n")
            let text = String(decoding: try await connection.readToEnd(), as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }
}

extension ForgeSimulator {
    func isKnown(_ id: String) -> Bool { pendingTasks.contains(id) || generations.contains { $0.taskID == id } }
}
