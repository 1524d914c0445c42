import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Names against the lists that a real Forge sent.
@Suite(.timeLimit(.minutes(1)))
struct KnownNamesTests {
    private static func list<Entry: Decodable & Sendable>(_ recording: String) throws -> [Entry] {
        let body = try Recording.named(recording).body
        return try JSONDecoder().decode(LenientList<Entry>.self, from: body).entries
    }

    static func recorded() throws -> KnownNames {
        KnownNames(
            models: try list("12-bad-checkpoints/sd-models-after"),
            samplers: try list("01-get/samplers"),
            schedulers: try list("01-get/schedulers"),
            upscalers: try list("01-get/upscalers"),
            latentModes: try list("01-get/latent-upscale-modes")
        )
    }

    private func request(_ change: (inout TextToImageRequest) -> Void) -> TextToImageRequest {
        var request = TextToImageRequest(prompt: "a cat")
        change(&request)
        return request
    }

    @Test func `The recorded lists are read whole`() throws {
        let names = try Self.recorded()
        #expect(names.models?.map(\.name) == ["corrupt", "random-a", "random-b", "vanish"])
        #expect(names.samplers?.count == 25 && names.schedulers?.count == 16)
        #expect(names.upscalers?.count == 12 && names.latentModes?.count == 6)
        #expect(names.schedulers?.first { $0.name == "SGM Uniform" }?.others == ["sgm_uniform", "SGMUniform"])
    }

    @Test func `The usual request has no unknown name, and stays as it is`() throws {
        let usual = request { $0.hires = HiresFix() }
        #expect(try Self.recorded().check(usual) == KnownNames.Check(request: usual))
    }

    @Test(
        arguments: [
            ("Euler a", "Euler a"), ("euler A", "Euler a"), ("k_euler_ancestral", "Euler a"),
            ("DPM++ 2M Karras", "DPM++ 2M Karras"), ("dpm++ 2m karras", "DPM++ 2M Karras"),
            ("k_dpmpp_2m sgm_uniform", "DPM++ 2M SGM Uniform"),
        ]
    )
    func `A sampler goes by its aliases, in any case, and with a schedule behind it`(asked: String, sent: String) throws
    {
        let check = try Self.recorded().check(request { $0.sampler = asked })
        #expect(check.unknown.isEmpty)
        #expect(check.request.sampler == sent)
    }

    @Test(arguments: ["sgm_uniform", "SGM Uniform", "SGMUniform", "sgm uniform"])
    func `A schedule goes by name, label and alias`(asked: String) throws {
        let check = try Self.recorded().check(request { $0.scheduler = asked })
        #expect(check.unknown.isEmpty)
        #expect(check.request.scheduler == "SGM Uniform")
    }

    @Test(
        arguments: [
            ("random-a", "random-a"), ("random-a.safetensors", "random-a.safetensors"),
            ("random-a.safetensors [deca4e7b6a]", "random-a.safetensors [deca4e7b6a]"), ("deca4e7b6a", "deca4e7b6a"),
            ("Random-A", "random-a.safetensors [deca4e7b6a]"),
        ]
    )
    func `A model goes by name, file, title and hash`(asked: String, sent: String) throws {
        let check = try Self.recorded().check(request { $0.model = asked })
        #expect(check.unknown.isEmpty)
        #expect(check.request.model == sent)
    }

    @Test(arguments: ["Latent", "Latent (nearest-exact)", "R-ESRGAN 4x+", "lanczos"])
    func `A second pass enlarges by a latent mode or an upscaler`(asked: String) throws {
        let check = try Self.recorded().check(
            request {
                $0.hires = HiresFix()
                $0.hires?.upscaler = asked
            }
        )
        #expect(check.unknown.isEmpty)
    }

    @Test func `Each unknown name is told with those that are known`() throws {
        let asked = request {
            $0.sampler = "NoSuchSampler"
            $0.scheduler = "no such schedule"
            $0.model = "0123456789"
            $0.extras.refinerCheckpoint = "random-c"
            $0.hires = HiresFix()
            $0.hires?.upscaler = "Latent (cubist)"
        }
        let check = try Self.recorded().check(asked)
        #expect(check.request == asked)
        #expect(check.unknown.map(\.kind) == [.sampler, .scheduler, .model, .model, .upscaler])
        #expect(
            check.unknown[2].sentence.contains("no model “0123456789”; it knows corrupt, random-a, random-b, vanish.")
        )
        #expect(check.unknown[0].sentence.contains("and 5 more"))
    }

    @Test func `What can't be had, or is empty, is checked against nothing`() throws {
        let asked = request {
            $0.sampler = "x"
            $0.scheduler = "x"
            $0.model = "x"
            $0.hires = HiresFix()
            $0.hires?.upscaler = "x"
        }
        #expect(KnownNames().check(asked).unknown.isEmpty)
        let empty = KnownNames(models: [], samplers: [], schedulers: [], upscalers: [], latentModes: [])
        #expect(empty.check(asked).unknown.isEmpty)
    }

    @Test func `Entries that can't be read are left out`() throws {
        let text = #"[{"name":"A"},7,{"label":"no name"},{"name":"B","aliases":"none"},null]"#
        let list: LenientList<NameEntry> = try Samples.decode(text)
        #expect(list.entries.map(\.name) == ["A", "B"])
        #expect(throws: DecodingError.self) { try Samples.decode("{}", as: LenientList<NameEntry>.self) }
    }
}
