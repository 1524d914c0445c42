import ForgeSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GenerationTests {
    @Test func drawsAndReportsProgress() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(80) }) { forge in
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
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(40) }) { forge in
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

    @Test func stepsFollowTheInjectedClock() async throws {
        let clock = ManualClock()
        let configuration = configured { configuration in
            configuration.clock = clock
            configuration.stepTime = .seconds(60)
        }
        try await ForgeSimulator.withServer(configuration) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 3, id: "slow"))
            for step in 0..<3 {
                try await eventually("step \(step)") { clock.sleepers == 1 }
                #expect(forge.generations.last?.stepsDone == step)
                clock.advance(by: .seconds(60))
            }
            #expect(try await call.answer().status == 200)
        }
    }

    @Test func resultsNameTheirSeeds() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let seed = "18446744073709551613"
            let body = #"{"steps": 1, "width": 64, "height": 64, "batch_size": 3, "seed": \#(seed)}"#
            let answer = try await forge.call("POST", "/sdapi/v1/txt2img", body: body).text
            #expect(answer.contains("[18446744073709551613, 18446744073709551614, 18446744073709551615]"))
            let tooLarge = body.replacing("18446744073709551613", with: "18446744073709551616")
            #expect(try await forge.call("POST", "/sdapi/v1/txt2img", body: tooLarge).status == 500)
        }
    }

    @Test func savedPicturesGetAGrid() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let answer = try await forge.txt2img(#""save_images": true, "batch_size": 2"#).object()
            let images = try #require(answer["images"] as? [String])
            #expect(images.count == 3)
            #expect(Set(images).count == 3)
            let info = try #require(answer["info"] as? String)
            #expect(info.contains(#""index_of_first_image": 1"#))
            let one = try await forge.txt2img(#""save_images": true"#).object()
            #expect((one["images"] as? [String])?.count == 1)
        }
    }

    @Test func everyPictureIsAsWideAsAsked() async throws {
        try await ForgeSimulator.withServer(configured { $0.imagePadding = 5000 }) { forge in
            let body = #"{"prompt": "x", "steps": 1, "width": 203, "height": 90}"#
            let answer = try await forge.call("POST", "/sdapi/v1/txt2img", body: body).object()
            let image = try #require((answer["images"] as? [String])?.first)
            let file = [UInt8](try #require(Data(base64Encoded: image)))
            #expect(file.count > 5000)
            #expect(Array(file[16..<24]) == [0, 0, 0, 200, 0, 0, 0, 88])
        }
    }

    @Test func previewsComeByTaskAndForWhateverRuns() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .milliseconds(10) }) { forge in
            let call = try forge.begin("POST", "/sdapi/v1/txt2img", body: ForgeSimulator.body(steps: 3_000, id: "p"))
            try await eventually("preview") {
                (try await forge.taskProgress("p")["live_preview"] as? String)?
                    .hasPrefix("data:image/png;base64,iVBOR") ?? false
            }
            let image = try await forge.call("GET", "/sdapi/v1/progress").object()["current_image"] as? String
            #expect(image?.hasPrefix("iVBOR") == true)
            _ = try await forge.call("POST", "/sdapi/v1/interrupt")
            _ = try await call.answer()
        }
    }

    @Test func jpegIfTheServerIsSetSo() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            _ = try await forge.call("POST", "/sdapi/v1/options", body: #"{"samples_format": "jpg"}"#)
            let images = try await forge.txt2img().object()["images"] as? [String]
            let file = [UInt8](try #require(images?.first.flatMap { Data(base64Encoded: $0) }))
            #expect(file.starts(with: [0xFF, 0xD8, 0xFF]) && file.suffix(2) == [0xFF, 0xD9])
        }
    }

    /// Numbers that no other than a hostile or broken client sends.
    @Test(
        arguments: [
            ("txt2img", #"{"n_iter": 9223372036854775807}"#), ("txt2img", #"{"batch_size": 9223372036854775807}"#),
            (
                "txt2img",
                #"{"steps": 9223372036854775807, "width": 9223372036854775807, "height": 9223372036854775807}"#
            ),
            ("txt2img", #"{"enable_hr": true, "hr_scale": 64, "width": 1000000000000000000}"#),
            ("txt2img", #"{"enable_hr": true, "hr_resize_x": 9223372036854775807, "hr_resize_y": -1}"#),
            ("img2img", #"{"denoising_strength": "nan"}"#), ("img2img", #"{"denoising_strength": "inf"}"#),
            ("extra-single-image", #"{"upscaling_resize": 1e300}"#),
            ("extra-single-image", #"{"upscaling_resize": "nan"}"#),
            ("extra-single-image", #"{"resize_mode": 1, "upscaling_resize_w": 9223372036854775807}"#),
            (
                "extra-single-image",
                #"{"resize_mode": 1, "upscaling_resize_w": 9223372036854775807, "upscaling_resize_h": 9223372036854775807}"#
            ),
        ]
    )
    func hugeNumbersAreAnsweredAndHurtNobody(endpoint: String, fields: String) async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .zero }) { forge in
            let picture = try await forge.txt2img(steps: 1).object()["images"] as? [String]
            let image = try #require(picture?.first)
            var body = try #require(try JSONSerialization.jsonObject(with: Data(fields.utf8)) as? [String: Any])
            switch endpoint {
            case "txt2img": break
            case "img2img": body["init_images"] = [image]
            default:
                body["image"] = image
                body["upscaler_1"] = "Lanczos"
            }
            for (name, value) in [("width", 64), ("height", 64), ("steps", 1)] where body[name] == nil {
                body[name] = value
            }
            let answer = try await forge.call(
                "POST",
                "/sdapi/v1/\(endpoint)",
                body: String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
            )
            #expect([200, 422, 500].contains(answer.status))
            #expect(try await forge.txt2img(steps: 1).status == 200)
        }
    }

    @Test func aPortThatIsTakenIsAnError() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            let port = forge.port
            await #expect(throws: (any Error).self) {
                try await ForgeSimulator.withServer(configured { $0.port = port }) { _ in }
            }
        }
    }
}
