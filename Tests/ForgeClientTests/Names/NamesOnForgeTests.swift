import ForgeSimulator
import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite("Names are looked up before a request is sent", .timeLimit(.minutes(1)))
struct NamesOnForgeTests {
    private static let lists = ["sd-models", "samplers", "schedulers", "upscalers", "latent-upscale-modes"]

    private func task(_ change: (inout TextToImageRequest) -> Void = { _ in }) -> DrawingTask {
        var task = Samples.task()
        if var drawing = task.request.drawing {
            change(&drawing)
            task.request.drawing = drawing
        }
        return task
    }

    private func withForge(
        _ faults: [Fault] = [],
        _ body: (ForgeSimulator, ForgeGenerator) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(5)
        configuration.faults = faults
        try await ForgeSimulator.withServer(configuration) { forge in
            let client = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            try await body(forge, ForgeGenerator(configuration: client))
        }
    }

    @Test(
        "A strict request with an unknown name is refused before the graphics card has done anything",
        arguments: UnknownName.Kind.allCases
    )
    func strict(kind: UnknownName.Kind) async throws {
        try await withForge { forge, generator in
            let task = task { request in
                request.isStrict = true
                switch kind {
                case .sampler: request.sampler = "Nobody"
                case .scheduler: request.scheduler = "Nobody"
                case .model: request.model = "Nobody"
                case .upscaler:
                    request.hires = HiresFix()
                    request.hires?.upscaler = "Nobody"
                }
            }
            let error = await #expect(throws: GenerationError.self) { _ = try await generator.draw(task) { _ in } }
            #expect(error?.failureClass == .notAsAsked)
            #expect(error?.message.contains("no \(kind.rawValue) “Nobody”; it knows ") == true)
            #expect(forge.generations.isEmpty)
            #expect(!forge.log.contains { $0.path == "/sdapi/v1/txt2img" })
        }
    }

    @Test("Another request is drawn as ever, with one warning for a name")
    func lenient() async throws {
        try await withForge { forge, generator in
            let task = task {
                $0.sampler = "Nobody"
                $0.scheduler = "Nothing"
                $0.model = "Nowhere"
            }
            let picture = try await generator.draw(task) { _ in }.image()
            #expect(picture.warnings.count == 3, "\(picture.warnings)")
            #expect(forge.generations.count == 1)
        }
    }

    @Test("Where the lists can't be had nothing is checked", arguments: ["not-found", "error=KeyError:x", "garbage"])
    func withoutLists(effect: String) async throws {
        let faults = try Self.lists.map { try Fault(argument: "\(effect)@/sdapi/v1/\($0)") }
        try await withForge(faults) { forge, generator in
            let task = task {
                $0.isStrict = true
                $0.sampler = "Nobody"
            }
            let error = await #expect(throws: GenerationError.self) {
                _ = try await generator.draw(task) { _ in }.image()
            }
            // What came tells it, as ever.
            #expect(error?.failureClass == .notAsAsked)
            #expect(forge.generations.count == 1)
            let known = try await generator.draw(Samples.task()) { _ in }.image()
            #expect(known.warnings.isEmpty)
        }
    }

    @Test("Names are sent as Forge writes them")
    func canonical() async throws {
        try await withForge { forge, generator in
            let task = task {
                $0.isStrict = true
                $0.sampler = "k_euler_ancestral"
                $0.scheduler = "sgm_uniform"
                $0.model = "RANDOM-B"
            }
            #expect(try await generator.draw(task) { _ in }.image().warnings.isEmpty)
            let body = try #require(forge.log.first { $0.path == "/sdapi/v1/txt2img" }?.body)
            let sent = String(decoding: body, as: UTF8.self)
            #expect(sent.contains(#""sampler_name":"Euler a""#) && sent.contains(#""scheduler":"SGM Uniform""#))
            #expect(sent.contains("random-b.safetensors"))
        }
    }

    @Test("The check of health asks for them, a drawing then asks no more")
    func warm() async throws {
        try await withForge { forge, generator in
            try await generator.checkHealth()
            let asked = forge.log.map(\.path)
            for list in Self.lists { #expect(asked.contains("/sdapi/v1/\(list)")) }
            try await generator.checkHealth()
            _ = try await generator.draw(Samples.task()) { _ in }.image()
            let lists = forge.log.filter { request in Self.lists.contains { request.path == "/sdapi/v1/\($0)" } }
            #expect(lists.count == Self.lists.count)
            #expect(!forge.log.contains { $0.path.contains("cmd-flags") || $0.path.contains("options") })
        }
    }

    @Test("A name that is unknown is asked for anew before that is said")
    func anew() async throws {
        let clock = ManualClock()
        var configuration = ForgeConfiguration()
        configuration.clock = clock
        let control = ScriptedTransport { request, before in
            switch request.endpoint {
            case .samplers: .json(before == 0 ? #"[{"name":"Old"}]"# : #"[{"name":"Old"},{"name":"New"}]"#)
            case .progress: .json(Samples.serverProgress())
            default: .json("{}", status: 404)
            }
        }
        let generation = ScriptedTransport { _, _ in .failure(.cannotConnect) }
        let generator = ForgeGenerator(configuration: configuration, generation: generation, control: control)
        try await generator.checkHealth()
        clock.advance(by: .seconds(10))
        let new = task {
            $0.isStrict = true
            $0.sampler = "New"
        }
        let error = await #expect(throws: GenerationError.self) { _ = try await generator.draw(new) { _ in } }
        #expect(error?.failureClass == .unavailable)
        #expect(generation.requests.count == 1)
        #expect(control.count(.samplers) == 2)
    }
}
