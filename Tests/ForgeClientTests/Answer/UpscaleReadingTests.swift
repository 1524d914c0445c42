import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite("Upscales", .timeLimit(.minutes(1)))
struct UpscaleReadingTests {
    private func read(_ name: String, _ change: (inout UpscaleRequest) -> Void = { _ in }) throws -> DrawnImage {
        let body = try Recording.named("08-img2img-extras/\(name)").body
        return try #require(try Samples.reading(try Samples.upscale(change)).read(body).picture)
    }

    @Test("The result has the size of its own bytes, and no seed")
    func result() throws {
        let picture = try read("ex-lanczos2")
        #expect(picture.width == 128 && picture.height == 128 && picture.format == .png)
        #expect(picture.seed == nil && picture.warnings.isEmpty)
        #expect(try read("ex-nearest-4") { $0.scale = 4 }.width == 256)
    }

    @Test("A result of another size is a warning")
    func otherSize() throws {
        let warnings = try read("ex-default").warnings
        #expect(warnings == ["The picture is 64×64 pixels, not 128×128."])
    }

    @Test(
        "What is no such answer is malformed",
        arguments: ["{}", "[]", "<html>", #"{"image":"***"}"#, #"{"image":"AAAA"}"#]
    )
    func malformed(text: String) throws {
        let error = try #require(throws: GenerationError.self) {
            try Samples.reading(try Samples.upscale()).read(Data(text.utf8))
        }
        #expect(error.failureClass == .malformedAnswer)
    }

    private func list() throws -> UpscalerList {
        let body = try Recording.named("01-get/upscalers").body
        return UpscalerList(entries: try JSONDecoder().decode(LenientList<NameEntry>.self, from: body).entries)
    }

    @Test(
        "The recorded list tells which upscalers are there, and of which nobody knows whether they have weights",
        arguments: [
            ("Lanczos", UpscalerList.Finding.ready), ("Nearest", .ready), ("None", .changesNothing),
            ("R-ESRGAN 4x+", .weightsUnknown), ("ESRGAN_4x", .weightsUnknown), ("SwinIR 4x", .weightsUnknown),
            ("lanczos", .unknown), ("NoSuch", .unknown), ("", .unknown),
        ]
    )
    func finding(name: String, finding: UpscalerList.Finding) throws {
        #expect(try list().finding(for: name) == finding)
    }

    @Test("An upscaler whose weights are a file is ready")
    func local() throws {
        let text = #"[{"name":"4x-UltraSharp","model_path":"/forge/models/ESRGAN/4x-UltraSharp.pth"}]"#
        let list = UpscalerList(entries: try Samples.decode(text))
        #expect(list.finding(for: "4x-UltraSharp") == .ready)
        #expect(list.names == ["4x-UltraSharp"])
    }

    @Test("Without its weights an upscaler makes byte for byte what the plain one makes")
    func weightless() throws {
        #expect(try read("ex-esrgan-noweights").bytes == read("ex-lanczos2").bytes)
    }
}
