import ImageQueueCore
import Testing

@testable import ForgeClient

/// What is handled by leaving it undone; `Gotchas.md` names the tests of all the rest.
@Suite("What this client never does", .timeLimit(.minutes(1)))
struct GotchaTests {
    @Test("It knows few endpoints: no probe that fails, no setting of options, no skip")
    func endpoints() {
        let paths = ForgeRequest.Endpoint.allCases.map { $0.path.split(separator: "?").first.map(String.init) }
        #expect(
            Set(paths) == [
                "/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/sdapi/v1/extra-single-image",
                "/internal/progress", "/sdapi/v1/progress", "/sdapi/v1/interrupt",
                "/sdapi/v1/unload-checkpoint", "/sdapi/v1/sd-models", "/sdapi/v1/options", "/internal/sysinfo",
                "/sdapi/v1/samplers", "/sdapi/v1/schedulers", "/sdapi/v1/upscalers", "/sdapi/v1/latent-upscale-modes",
            ]
        )
        #expect(ForgeRequest.Endpoint.options.method == "GET")
    }

    @Test("A generation has a connection and a time of its own, and is never sent twice")
    func neverTwice() async throws {
        for kind in [TransportError.Kind.connectionLost, .timedOut, .cannotConnect] {
            let generation = ScriptedTransport { _, _ in .failure(kind) }
            let idle = Samples.serverProgress()
            let control = ScriptedTransport { request, _ in
                request.endpoint == .progress ? .json(idle) : .json(Samples.taskProgress(false, false, false))
            }
            let generator = ForgeGenerator(
                configuration: ForgeConfiguration(),
                generation: generation,
                control: control
            )
            await #expect(throws: GenerationError.self) {
                _ = try await generator.draw(Samples.task()) { _ in }.image()
            }
            let requests = generation.requests
            #expect(requests.count == 1)
            #expect(requests.first?.timeout == .seconds(30 * 60))
            #expect(control.requests.allSatisfy { $0.timeout <= .seconds(10) })
        }
    }
}
