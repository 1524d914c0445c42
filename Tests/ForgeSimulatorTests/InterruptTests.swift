import ForgeSimulator
import Foundation
import Testing

/// Interrupts and skips hit whatever runs and leave no mark in the answer (FORGE.md, section 8).
@Suite(.timeLimit(.minutes(1)))
struct InterruptTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let extra: String
        let beginsAfter: Int
        let images: Int
        var testDescription: String { extra }
    }

    @Test(arguments: [
        Case(extra: #""n_iter": 3"#, beginsAfter: 2, images: 1),
        Case(extra: #""n_iter": 3"#, beginsAfter: 33, images: 2),
        Case(extra: #""batch_size": 3"#, beginsAfter: 2, images: 3),
    ])
    func deliversWhatThereIs(_ example: Case) async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(60) }) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(example.extra, steps: 30))
            try await eventually("steps") { (forge.generations.last?.stepsDone ?? 0) >= example.beginsAfter }
            forge.interruptFromOutside()
            let answer = try await call.answer()
            #expect(answer.status == 200)
            #expect((try answer.object()["images"] as? [String])?.count == example.images)
            let info = try #require(try answer.object()["info"] as? String)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any])
            #expect((object["all_seeds"] as? [Int])?.count == 3)
            #expect((object["infotexts"] as? [String])?.count == example.images)
            #expect(object["steps"] as? Int == 30)
            #expect(forge.generations.last?.pictures == example.images)
            #expect(forge.generations.last?.interrupted == true)
        }
    }

    @Test func duringTheLoadOfAModelGivesNoPicture() async throws {
        let configuration = configured { $0.modelLoadTime = .seconds(2) }
        try await ForgeSimulator.withServer(configuration) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(#""n_iter": 2"#))
            try await eventually("load") { try await forge.progressState()["job_count"] as? Int == -1 }
            _ = try await forge.call("POST", "/sdapi/v1/interrupt")
            let answer = try await call.answer()
            #expect(answer.status == 200)
            #expect((try answer.object()["images"] as? [String]) == [])
            let info = try #require(try answer.object()["info"] as? String)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any])
            #expect((object["infotexts"] as? [String])?.count == 1)
        }
    }

    @Test func whileIdleHurtsNobody() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let reference = try await forge.txt2img(id: "x").object()["images"] as? [String]
            #expect(try await forge.call("POST", "/sdapi/v1/interrupt").text == "{}")
            #expect(try await forge.call("POST", "/sdapi/v1/skip").text == "null")
            let state = try await forge.progressState()
            #expect(state["interrupted"] as? Bool == true)
            #expect(state["skipped"] as? Bool == true)
            #expect(try await forge.txt2img(id: "y").object()["images"] as? [String] == reference)
            #expect(try await forge.progressState()["interrupted"] as? Bool == false)
        }
    }

    @Test func aSkipEndsOneIteration() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(50) }) { forge in
            let body = ForgeSimulator.body(#""n_iter": 3"#, steps: 30)
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: body)
            try await eventually("steps") { (forge.generations.last?.stepsDone ?? 0) > 2 }
            forge.skipFromOutside()
            #expect((try await call.answer().object()["images"] as? [String])?.count == 3)
            let generation = try #require(forge.generations.last)
            #expect(generation.skips == 1)
            #expect(!generation.interrupted)
            #expect(generation.stepsDone > 60 && generation.stepsDone < 90)
        }
    }

    @Test func theLogShowsWhomAnInterruptMet() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(20) }) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 3_000, id: "mine"))
            try await eventually("runs") { forge.activeTask == "mine" }
            _ = try await forge.call("POST", "/sdapi/v1/interrupt")
            _ = try await call.answer()
            let interrupt = try #require(forge.log.first { $0.path.hasSuffix("/interrupt") })
            #expect(interrupt.activeAtArrival == "mine")
            #expect(interrupt.status == 200)
            #expect(interrupt.answered != nil)
            #expect(forge.log.first?.taskID == "mine")
        }
    }
}
