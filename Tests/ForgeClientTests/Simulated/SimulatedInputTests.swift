import ForgeSimulator
import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite("Pictures out of pictures, against a simulated Forge", .timeLimit(.minutes(1)))
struct SimulatedInputTests {
    private func withForge(
        _ change: (inout SimulatorConfiguration) -> Void = { _ in },
        _ body: (ForgeSimulator, ForgeGenerator) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(20)
        change(&configuration)
        try await ForgeSimulator.withServer(configuration) { forge in
            var client = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            client.pollInterval = .milliseconds(50)
            try await body(forge, ForgeGenerator(configuration: client))
        }
    }

    private func paths(_ forge: ForgeSimulator) -> [String] { forge.log.map(\.path) }

    @Test("A picture is drawn over another, under its own task id")
    func drawsOver() async throws {
        try await withForge { forge, generator in
            let task = try Samples.imageToImage()
            let picture = try await generator.draw(task) { _ in }.image()
            #expect(picture.width == 64 && picture.height == 64 && picture.warnings.isEmpty)
            #expect(picture.seed == 1)
            #expect(forge.generations.map(\.path) == ["/sdapi/v1/img2img"])
            #expect(forge.generations.map(\.taskID) == [task.id.description])
        }
    }

    @Test("A picture is made larger by an upscaler that needs no weights, in one request")
    func upscales() async throws {
        try await withForge { forge, generator in
            let picture = try await generator.draw(try Samples.upscale { $0.scale = 1.5 }) { _ in }.image()
            #expect(picture.width == 96 && picture.height == 96 && picture.seed == nil)
            #expect(picture.warnings.isEmpty)
            #expect(paths(forge).filter { $0 == "/sdapi/v1/extra-single-image" }.count == 1)
        }
    }

    @Test("An upscaler without its weights is found out, which ends a strict job")
    func weightless() async throws {
        try await withForge { forge, generator in
            let task = try Samples.upscale { $0.upscaler = "R-ESRGAN 4x+" }
            let picture = try await generator.draw(task) { _ in }.image()
            #expect(picture.width == 128)
            #expect(picture.warnings == ["Forge lacks the weights of “R-ESRGAN 4x+”, and only resized the picture."])
            let strict = try Samples.upscale {
                $0.upscaler = "R-ESRGAN 4x+"
                $0.isStrict = true
            }
            let error = await #expect(throws: GenerationError.self) {
                _ = try await generator.draw(strict) { _ in }.image()
            }
            #expect(error?.failureClass == .notAsAsked)
            let requests = forge.log.filter { $0.path == "/sdapi/v1/extra-single-image" }
            #expect(requests.count == 4)
            for (earlier, later) in zip(requests, requests.dropFirst()) {
                #expect(try #require(earlier.answered) <= later.arrived, "two open at a time")
            }
        }
    }

    @Test("A second pass whose upscaler lacks its weights is found out before it is sent, by one small try")
    func weightlessSecondPass() async throws {
        try await withForge { forge, generator in
            var task = Samples.hires()
            task.request.drawing?.hires?.upscaler = "R-ESRGAN 4x+"
            for _ in 0..<2 {
                let picture = try await generator.draw(task) { _ in }.image()
                #expect(picture.warnings == [ForgeGenerator.lacksWeights("R-ESRGAN 4x+")])
            }
            #expect(paths(forge).filter { $0 == "/sdapi/v1/extra-single-image" }.count == 2)
            task.request.drawing?.isStrict = true
            let strict = task
            let error = await #expect(throws: GenerationError.self) { _ = try await generator.draw(strict) { _ in } }
            #expect(error?.failureClass == .notAsAsked)
            #expect(forge.generations.filter { $0.path == "/sdapi/v1/txt2img" }.count == 2)
        }
    }

    @Test("An upscaler that Forge does not know, or that does nothing, is refused before anything is sent")
    func unknownUpscaler() async throws {
        try await withForge { forge, generator in
            for name in ["NoSuch", "lanczos", "None"] {
                let task = try Samples.upscale { $0.upscaler = name }
                let error = await #expect(throws: GenerationError.self) { _ = try await generator.draw(task) { _ in } }
                #expect(error?.failureClass == .rejectedInput)
                #expect(error?.message.contains(name) == true)
            }
            #expect(!paths(forge).contains("/sdapi/v1/extra-single-image"))
        }
    }

    @Test("An upscale can't be interrupted, and while nobody waits for it no other request leaves")
    func notInterrupted() async throws {
        try await withForge {
            $0.faults = [Fault(.delay(.seconds(2)), at: .extras)]
        } _: { forge, generator in
            let task = try Samples.upscale()
            let drawing = Task { try await generator.draw(task) { _ in }.image() }
            try await until { paths(forge).contains("/sdapi/v1/extra-single-image") }
            #expect(try await generator.interrupt(task.id) == .impossible)
            drawing.cancel()
            await #expect(throws: CancellationError.self) { _ = try await drawing.value }
            _ = try await generator.draw(Samples.task()) { _ in }.image()
            let extra = try #require(forge.log.first { $0.path == "/sdapi/v1/extra-single-image" })
            let next = try #require(forge.log.first { $0.path == "/sdapi/v1/txt2img" })
            #expect(try #require(extra.answered) <= next.arrived)
            #expect(!paths(forge).contains("/sdapi/v1/interrupt"))
        }
    }
}
