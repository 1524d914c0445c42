import ForgeSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GenerationTests {
    @Test func drawsAndReportsProgress() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(20) }) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 24, id: "one"))
            try await eventually("progress") {
                let task = try await forge.taskProgress("one")
                return (task["progress"] as? Double ?? 0) > 0.1
            }
            let state = try await forge.progressState()
            #expect(state["job"] as? String == "scripts_txt2img")
            #expect(state["sampling_steps"] as? Int == 24)
            let answer = try await call.answer()
            #expect(answer.status == 200)
            #expect((try answer.object()["images"] as? [String])?.count == 1)
            #expect(try await forge.taskProgress("one")["completed"] as? Bool == true)
            #expect(forge.generations.map(\.stepsDone) == [24])
        }
    }

    @Test func interruptGivesAHalfDonePictureAndNoMark() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(5) }) { forge in
            let full = try await forge.txt2img(steps: 40)
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 40, id: "cut"))
            try await eventually("steps") { (forge.generations.last?.stepsDone ?? 0) > 3 && forge.activeTask == "cut" }
            let interrupt = try await forge.call("POST", "/sdapi/v1/interrupt")
            #expect(interrupt.text == "{}")
            let cut = try await call.answer()
            #expect(cut.status == 200)
            #expect(try cut.object()["images"] as? [String] != full.object()["images"] as? [String])
            let generation = try #require(forge.generations.last)
            #expect(generation.interrupted)
            #expect(generation.stepsDone < 40)
            #expect(try await forge.progressState()["interrupted"] as? Bool == true)
            let after = try await forge.txt2img(steps: 40)
            #expect(try after.object()["images"] as? [String] == full.object()["images"] as? [String])
        }
    }
}
