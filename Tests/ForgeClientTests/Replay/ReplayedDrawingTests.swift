import ForgeSimulator
import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Whole drawings on recorded traffic: in the process, and through a socket and `URLSession`.
@Suite(.timeLimit(.minutes(1)))
struct ReplayedDrawingTests {
    /// What a recorded answer makes a whole drawing end with.
    struct Case: Sendable, CustomTestStringConvertible {
        var drawing: String
        /// What the server says right after.
        var look = "01-get/progress-idle-skip"
        var ending: String

        var testDescription: String { drawing }
    }

    private static let cases = [
        Case(drawing: "02-txt2img/sampler-plus-scheduler", ending: "png 64x64"),
        Case(drawing: "03-override-and-zombies/E21-txt2img-jpeg", ending: "jpeg 64x64"),
        Case(drawing: "10b-hires/additional-empty", ending: "png 128x128"),
        Case(drawing: "02-txt2img/bad-sampler", ending: "png 64x64, 1 warning"),
        Case(drawing: "02-txt2img/width-65", ending: "png 64x64, 1 warning"),
        Case(drawing: "03-override-and-zombies/E5-override-invalid", ending: "png 64x64, 1 warning"),
        Case(
            drawing: "05-interrupt/I1-txt2img",
            look: "05-interrupt/I1-state-after",
            ending: "interrupted_by_other"
        ),
        Case(drawing: "05-interrupt/I6-model-load", look: "05-interrupt/I6-after", ending: "interrupted_by_other"),
        Case(drawing: "02-txt2img/width0", ending: "rejected_input"),
        Case(drawing: "02-txt2img/badtype-width", ending: "rejected_input"),
        Case(drawing: "09-lifecycle/oversize-16384", ending: "out_of_memory"),
        Case(drawing: "09-lifecycle/huge", ending: "connection_lost"),
        Case(drawing: "10-auth-webui/none-txt2img", ending: "unauthorized"),
        Case(drawing: "12-bad-checkpoints/rec3-plain", ending: "model_broken"),
        Case(drawing: "12-bad-checkpoints/rec3-poison", ending: "rejected_input"),
        Case(drawing: "12-bad-checkpoints/none-txt2img", ending: "backend_not_ready"),
        Case(drawing: "01-get/OPTIONS-txt2img", ending: "malformed_answer"),
    ]

    private func ending(_ generator: ForgeGenerator, _ recording: Recording) async throws -> String {
        do {
            let picture = try await generator.draw(recording.task) { _ in }.image()
            let warnings = picture.warnings.isEmpty ? "" : ", \(picture.warnings.count) warning"
            return "\(picture.format) \(picture.width)x\(picture.height)\(warnings)"
        } catch let error as GenerationError {
            return error.failureClass.description
        }
    }

    @Test(arguments: cases)
    func `A drawing ends as its recorded answer says`(example: Case) async throws {
        let recording = try Recording.named(example.drawing)
        let control = ReplayTransport([
            .taskProgress: [try Recording.named("01-get/internal-progress-unknown")],
            .progress: [try Recording.named(example.look)],
            .unloadCheckpoint: [try Recording.named("09-lifecycle/unload")],
        ])
        let generation = ReplayTransport([.textToImage: [recording]])
        let generator = ForgeGenerator(
            configuration: ForgeConfiguration(),
            generation: generation,
            control: control
        )
        #expect(try await ending(generator, recording) == example.ending)
        #expect(generation.requests.count == 1)
        let unloads = control.requests.count { $0.endpoint == .unloadCheckpoint }
        #expect(unloads == (example.ending == "out_of_memory" ? 1 : 0))
    }

    @Test(arguments: cases)
    func `It ends the same over a real connection, in pieces`(example: Case) async throws {
        let recording = try Recording.named(example.drawing)
        let others = [
            "/internal/progress": try Recording.named("01-get/internal-progress-unknown").answer(),
            "/sdapi/v1/progress": try Recording.named(example.look).answer(),
            "/sdapi/v1/unload-checkpoint": try Recording.named("09-lifecycle/unload").answer(),
        ]
        try await RecordedForge.withServer { request in
            request.path == "/sdapi/v1/txt2img" ? recording.answer(pieceSize: 777) : others[request.path] ?? nil
        } body: { port in
            let configuration = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(port)")
            #expect(try await ending(ForgeGenerator(configuration: configuration), recording) == example.ending)
        }
    }
}
