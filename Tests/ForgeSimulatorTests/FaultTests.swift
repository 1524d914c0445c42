import ForgeSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    @Test func answersThatAreWrong() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            forge.order(.garbage, for: .txt2img, times: 1)
            let garbage = try await forge.txt2img()
            #expect(garbage.status == 200)
            #expect(throws: (any Error).self) { try garbage.json() }
            forge.order(.webPage, for: .txt2img, times: 1)
            #expect(try await forge.txt2img().headers["content-type"] == "text/html; charset=utf-8")
            forge.order(.noPictures, for: .txt2img, times: 1)
            let empty = try await forge.txt2img().object()
            #expect(empty["images"] as? [String] == [])
            #expect(empty["info"] != nil)
            // They had all been drawn.
            #expect(forge.generations.count == 3)
            #expect(try await forge.txt2img().object()["images"] as? [String] != [])
        }
    }

    @Test func theFourShapesOfErrors() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            forge.order(.detail(status: 503, "busy"), for: .generation, times: 1)
            let detail = try await forge.txt2img()
            #expect(detail.status == 503)
            #expect(detail.text == #"{"detail":"busy"}"#)
            forge.order(.notFound, for: .any, times: 1)
            #expect(try await forge.call("GET", "/sdapi/v1/memory").text == #"{"detail":"Not Found"}"#)
            forge.order(.validation("no good"), for: .txt2img, times: 1)
            let invalid = try await forge.txt2img()
            #expect(invalid.status == 422)
            #expect((try invalid.object()["detail"] as? [[String: Any]])?.first?["msg"] as? String == "no good")
            forge.order(.exception("ValueError", "no such thing"), for: .txt2img, times: 1)
            let exception = try await forge.txt2img(id: "failed")
            #expect(exception.status == 500)
            #expect(
                exception.text == #"{"error":"ValueError","detail":"","body":"","message":"no such thing"}"#
            )
            // It had started, and so stays active until the next one.
            #expect(try await forge.taskProgress("failed")["active"] as? Bool == true)
            forge.order(.outOfMemory, for: .txt2img, times: 1)
            let memory = try await forge.txt2img(steps: 9)
            #expect(try memory.object()["error"] as? String == "OutOfMemoryError")
            #expect(forge.generations.last?.stepsDone == 1)
            #expect(forge.generations.last?.failure?.hasPrefix("OutOfMemoryError") == true)
            #expect(try await forge.taskProgress("failed")["active"] as? Bool == false)
        }
    }

    @Test func answersThatAreLost() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            forge.order(.dropBeforeHead, for: .txt2img, times: 1)
            forge.order(.dropInHead, for: .txt2img, times: 1)
            forge.order(.dropInBody, for: .txt2img, times: 1)
            var answers: [String] = []
            for _ in 0..<3 {
                let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body())
                answers.append(String(decoding: try await call.readToEnd(), as: UTF8.self))
            }
            #expect(answers[0].isEmpty)
            #expect(answers[1].hasPrefix("HTTP/1.1 200 OK") && !answers[1].contains("\r\n\r\n"))
            #expect(answers[2].contains("\r\n\r\n{\"images\"") && !answers[2].hasSuffix("}"))
            // The work was done each time; only its result is lost.
            #expect(forge.generations.map(\.stepsDone) == [2, 2, 2])
            forge.order(.reset, for: .txt2img, times: 1)
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body())
            await #expect(throws: RawConnection.Failure.reset) { try await call.answer() }
            #expect(forge.generations.count == 3)
        }
    }

    @Test func hangsUntilTheServerStops() async throws {
        let call = try await ForgeSimulator.withServer(configured { _ in }) { forge in
            forge.order(.hang, for: .txt2img)
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body())
            try await eventually("arrival") { forge.log.count == 1 }
            #expect(try await forge.call("GET", "/internal/ping").status == 200)
            #expect(forge.log[0].answered == nil)
            return call
        }
        await #expect(throws: RawConnection.Failure.self) { try await call.answer() }
    }

    @Test func delaysAnAnswer() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            forge.order(.delay(.milliseconds(80)), for: .progress, times: 1)
            let start = ContinuousClock.now
            _ = try await forge.call("GET", "/sdapi/v1/progress")
            #expect(start.duration(to: .now) >= .milliseconds(80))
        }
    }

    @Test func refusesConnectionsForAWhile() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let open = try forge.begin("GET", "/internal/ping")
            _ = try await open.answer()
            forge.order(.refuseConnections(for: .seconds(3)), for: .any)
            try await eventually("refusal") {
                do {
                    _ = try RawConnection(port: forge.port)
                    return false
                } catch let failure as RawConnection.Failure { return failure == .refused }
            }
            open.send(ForgeSimulator.requestText("GET", "/internal/ping"))
            #expect(try await open.answer().status == 200)
            try await eventually("return") { (try? RawConnection(port: forge.port)) != nil }
            #expect(try await forge.txt2img().status == 200)
        }
    }

    @Test func diesInTheMiddleOfAJob() async throws {
        // The half of its steps, after which it dies, leaves time enough for a second request to arrive.
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(200) }) { forge in
            let port = forge.port
            forge.order(.restart(downtime: .milliseconds(50)), for: .generation, times: 1)
            let running = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 20, id: "a"))
            try await eventually("a runs") { forge.activeTask == "a" }
            let waiting = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(id: "b"))
            await #expect(throws: RawConnection.Failure.reset) { try await running.answer() }
            await #expect(throws: RawConnection.Failure.reset) { try await waiting.answer() }
            try await eventually("return") { (try? RawConnection(port: port)) != nil }
            #expect(try await forge.taskProgress("a")["active"] as? Bool == false)
            #expect(forge.pendingTasks == [])
            #expect(forge.generations.map(\.failure) == ["cancelled"])
            #expect(forge.generations[0].stepsDone >= 10 && forge.generations[0].stepsDone < 20)
            #expect(try await forge.progressState()["job_timestamp"] as? String == "0")
            #expect(try await forge.txt2img().status == 200)
        }
    }

    @Test func startsUpSlowly() async throws {
        // That the time ends is tested on the plan, without waiting.
        try await ForgeSimulator.withServer(configured { $0.startUpNotFound = .seconds(3600) }) { forge in
            let answer = try await forge.call("GET", "/sdapi/v1/memory")
            #expect(answer.status == 404)
            #expect(answer.text == #"{"detail":"Not Found"}"#)
            #expect(forge.log.last?.fault?.hasPrefix("startup=") == true)
            forge.clearFaults()
            #expect(try await forge.call("GET", "/sdapi/v1/memory").status == 200)
        }
    }

    @Test func dicesRepeat() async throws {
        var runs: [[Int]] = []
        for _ in 0..<2 {
            try await ForgeSimulator.withServer(configured { _ in }) { forge in
                forge.order(Fault(.notFound, at: .path("/internal/ping"), probability: 0.5, seed: 3))
                var statuses: [Int] = []
                for _ in 0..<20 { statuses.append(try await forge.call("GET", "/internal/ping").status) }
                runs.append(statuses)
                forge.clearFaults()
                #expect(try await forge.call("GET", "/internal/ping").status == 200)
            }
        }
        #expect(runs[0] == runs[1])
        #expect(Set(runs[0]) == [200, 404])
    }

    @Test func writesALogFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "forge-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try await ForgeSimulator.withServer(configured { $0.logFile = file }) { forge in
            _ = try await forge.txt2img(id: "seen")
        }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let events = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(events.map { $0["event"] as? String } == ["generation_started", "generation_ended", "request"])
        #expect(events.allSatisfy { $0["task_id"] as? String == "seen" })
        #expect(events[1]["steps_done"] as? Int == 2)
        #expect(events[2]["status"] as? Int == 200)
    }
}
