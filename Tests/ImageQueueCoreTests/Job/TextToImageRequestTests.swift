import ImageQueueCore
import ImageQueueTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Requests", .timeLimit(.minutes(1)))
struct TextToImageRequestTests {
    /// One field set to a value, and the words that a refusal must hold; none for a value that is fine.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: TextToImageRequest
        let complaint: [String]

        init(_ name: String, _ complaint: String..., change: (inout TextToImageRequest) -> Void) {
            testDescription = name
            var request = TextToImageRequest(prompt: "kedi")
            change(&request)
            self.request = request
            self.complaint = complaint
        }
    }

    static func lean(_ request: inout TextToImageRequest, towards subseed: Int64) {
        request.subseed = subseed
        request.subseedStrength = 0.5
    }

    static func hires(_ request: inout TextToImageRequest, _ change: (inout HiresFix) -> Void) {
        var hires = HiresFix()
        change(&hires)
        request.hires = hires
    }

    static let longest = String(repeating: "a", count: 65_536)
    static let name255 = String(repeating: "n", count: 255)

    static let cases: [Case] = [
        Case("the defaults") { _ in },
        Case("prompt: empty", "prompt", "empty") { $0.prompt = "" },
        Case("prompt: white space", "prompt", "white space") { $0.prompt = " \n\t\u{3000}" },
        Case("prompt: one byte") { $0.prompt = "a" },
        Case("prompt: 64 KiB") { $0.prompt = longest },
        Case("prompt: 64 KiB and one", "prompt", "65536", "65537") { $0.prompt = longest + "a" },
        Case("prompt: bytes count, not characters", "prompt", "65536", "80000") {
            $0.prompt = String(repeating: "ç", count: 40_000)
        },
        Case("prompt: NUL", "prompt", "NUL") { $0.prompt = "a\u{0}b" },
        Case("negative prompt: empty") { $0.negativePrompt = "" },
        Case("negative prompt: 64 KiB") { $0.negativePrompt = longest },
        Case("negative prompt: more", "negative_prompt", "65536") { $0.negativePrompt = longest + "a" },
        Case("negative prompt: NUL", "negative_prompt", "NUL") { $0.negativePrompt = "\u{0}" },
        Case("width: 64") { $0.width = 64 },
        Case("width: 56", "width", "64", "4096", "56") { $0.width = 56 },
        Case("width: 4096") { $0.width = 4096 },
        Case("width: 4104", "width", "64", "4096", "4104") { $0.width = 4104 },
        Case("width: 1023", "width", "multiple of 8", "1023") { $0.width = 1023 },
        Case("width: negative", "width", "-8") { $0.width = -8 },
        Case("height: 64") { $0.height = 64 },
        Case("height: 0", "height", "64", "4096") { $0.height = 0 },
        Case("height: 4096") { $0.height = 4096 },
        Case("height: 4104", "height", "64", "4096") { $0.height = 4104 },
        Case("height: 65", "height", "multiple of 8") { $0.height = 65 },
        Case("steps: 1") { $0.steps = 1 },
        Case("steps: 0", "steps", "1 to 150", "0") { $0.steps = 0 },
        Case("steps: 150") { $0.steps = 150 },
        Case("steps: 151", "steps", "1 to 150", "151") { $0.steps = 151 },
        Case("cfg: 0") { $0.cfgScale = 0 },
        Case("cfg: below", "cfg_scale", "0.0 to 30.0") { $0.cfgScale = -0.1 },
        Case("cfg: 30") { $0.cfgScale = 30 },
        Case("cfg: above", "cfg_scale", "0.0 to 30.0") { $0.cfgScale = 30.1 },
        Case("cfg: no number", "cfg_scale", "nan") { $0.cfgScale = .nan },
        Case("cfg: infinite", "cfg_scale", "inf") { $0.cfgScale = .infinity },
        Case("distilled cfg: 0") { $0.distilledCFGScale = 0 },
        Case("distilled cfg: below", "distilled_cfg_scale", "0.0 to 30.0") { $0.distilledCFGScale = -1 },
        Case("distilled cfg: 30") { $0.distilledCFGScale = 30 },
        Case("distilled cfg: above", "distilled_cfg_scale", "0.0 to 30.0") { $0.distilledCFGScale = 31 },
        Case("sampler: empty", "sampler", "empty") { $0.sampler = "" },
        Case("sampler: 255 bytes") { $0.sampler = name255 },
        Case("sampler: 256 bytes", "sampler", "255", "256") { $0.sampler = name255 + "n" },
        Case("scheduler: empty", "scheduler", "empty") { $0.scheduler = "" },
        Case("scheduler: 255 bytes") { $0.scheduler = name255 },
        Case("scheduler: 256 bytes", "scheduler", "255") { $0.scheduler = name255 + "n" },
        Case("seed: -1") { $0.seed = -1 },
        Case("seed: -2", "seed", "-1", "4294967295", "-2") { $0.seed = -2 },
        Case("seed: 0") { $0.seed = 0 },
        Case("seed: greatest") { $0.seed = 4_294_967_295 },
        Case("seed: one more", "seed", "4294967295", "4294967296") { $0.seed = 4_294_967_296 },
        Case("subseed: -1 and a strength") { $0.subseedStrength = 1 },
        Case("subseed: greatest") { lean(&$0, towards: 4_294_967_295) },
        Case("subseed: one more", "subseed", "4294967296") { lean(&$0, towards: 4_294_967_296) },
        Case("subseed: -2", "subseed", "-2") { lean(&$0, towards: -2) },
        Case("subseed: without strength", "subseed", "subseed_strength") { $0.subseed = 1 },
        Case("subseed strength: below", "subseed_strength", "0.0 to 1.0") { $0.subseedStrength = -0.1 },
        Case("subseed strength: above", "subseed_strength", "0.0 to 1.0") { $0.subseedStrength = 1.1 },
        Case("hires: the defaults") { $0.hires = HiresFix() },
        Case("hires: scale 1") { hires(&$0) { $0.scale = 1 } },
        Case("hires: scale 4") { hires(&$0) { $0.scale = 4 } },
        Case("hires: scale below", "hires.scale", "1.0 to 4.0") { hires(&$0) { $0.scale = 0.9 } },
        Case("hires: scale above", "hires.scale", "1.0 to 4.0") { hires(&$0) { $0.scale = 4.1 } },
        Case("hires: scale no number", "hires.scale", "nan") { hires(&$0) { $0.scale = .nan } },
        Case("hires: 8192 across") {
            $0.width = 4096
            $0.hires = HiresFix()
        },
        Case("hires: more across", "hires.scale", "8192", "10240") {
            $0.width = 4096
            hires(&$0) { $0.scale = 2.5 }
        },
        Case("hires: upscaler empty", "hires.upscaler", "empty") { hires(&$0) { $0.upscaler = "" } },
        Case("hires: upscaler 256 bytes", "hires.upscaler", "255") { hires(&$0) { $0.upscaler = name255 + "n" } },
        Case("hires: steps 150") { hires(&$0) { $0.steps = 150 } },
        Case("hires: steps below", "hires.steps", "0 to 150") { hires(&$0) { $0.steps = -1 } },
        Case("hires: steps above", "hires.steps", "0 to 150") { hires(&$0) { $0.steps = 151 } },
        Case("hires: denoising 0") { hires(&$0) { $0.denoising = 0 } },
        Case("hires: denoising below", "hires.denoising", "0.0 to 1.0") { hires(&$0) { $0.denoising = -0.1 } },
        Case("hires: denoising above", "hires.denoising", "0.0 to 1.0") { hires(&$0) { $0.denoising = 1.1 } },
        Case("strict") { $0.isStrict = true },
        Case("count: 1") { $0.pictureCount = 1 },
        Case("count: 0", "count", "1 to 16", "0") { $0.pictureCount = 0 },
        Case("count: 16") { $0.pictureCount = 16 },
        Case("count: 17", "count", "1 to 16", "17") { $0.pictureCount = 17 },
        Case("model: 255 bytes") { $0.model = name255 },
        Case("model: empty", "model", "empty") { $0.model = "" },
        Case("model: 256 bytes", "model", "255") { $0.model = name255 + "n" },
        Case("styles: 32") { $0.styles = Array(repeating: name255, count: 32) },
        Case("styles: 33", "styles", "32", "33") { $0.styles = Array(repeating: "s", count: 33) },
        Case("styles: an empty one", "styles", "empty") { $0.styles = ["a", ""] },
        Case("styles: a long one", "styles", "255") { $0.styles = [name255 + "n"] },
    ]

    @Test("are checked field by field, and a refusal names the field and its range", arguments: cases)
    func validation(example: Case) throws {
        guard !example.complaint.isEmpty else {
            try example.request.validate()
            return
        }
        let error = try #require(throws: QueueError.self) { try example.request.validate() }
        #expect(error.code == .invalidRequest)
        for word in example.complaint { #expect(error.message.contains(word), "\(error.message)") }
    }

    static let full: TextToImageRequest = {
        var request = TextToImageRequest(prompt: "çok satırlı\n\"kedi\" 🐈")
        request.negativePrompt = "bulanık"
        request.width = 64
        request.height = 4096
        request.steps = 150
        request.cfgScale = 7.25
        request.distilledCFGScale = 0.1
        request.sampler = "DPM++ 2M"
        request.scheduler = "Karras"
        request.seed = 4_294_967_295
        request.pictureCount = 16
        request.model = "flux1-dev"
        request.styles = ["yağlı boya"]
        lean(&request, towards: 7)
        hires(&request) {
            $0.scale = 1.5
            $0.upscaler = "4x-UltraSharp"
            $0.steps = 9
            $0.denoising = 0.35
        }
        request.isStrict = true
        return request
    }()

    static func canonical(_ request: TextToImageRequest) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(request), as: UTF8.self)
    }

    @Test("survive being written and read", arguments: [full, TextToImageRequest(prompt: "kedi")])
    func roundTrip(request: TextToImageRequest) throws {
        let text = try Self.canonical(request)
        #expect(try JSONDecoder().decode(TextToImageRequest.self, from: Data(text.utf8)) == request)
        #expect(try Self.canonical(JSONDecoder().decode(TextToImageRequest.self, from: Data(text.utf8))) == text)
    }

    @Test("are written without what has its default, so that equal requests look equal")
    func canonicalForm() throws {
        let plain = TextToImageRequest(prompt: "kedi")
        #expect(try Self.canonical(plain) == #"{"prompt":"kedi"}"#)
        var spelled = plain
        spelled.width = 1024
        spelled.seed = -1
        #expect(try Self.canonical(spelled) == Self.canonical(plain))
        spelled.seed = 0
        #expect(try Self.canonical(spelled) == #"{"prompt":"kedi","seed":0}"#)
        spelled = plain
        spelled.subseedStrength = 0
        spelled.isStrict = false
        #expect(try Self.canonical(spelled) == Self.canonical(plain))
        spelled.hires = HiresFix()
        let hires = #""hires":{"denoising":0.7,"scale":2,"steps":0,"upscaler":"Latent"}"#
        #expect(try Self.canonical(spelled) == #"{\#(hires),"prompt":"kedi"}"#)
    }

    @Test("read a second pass of which only a part is told, and tell the size that it leads to")
    func partialHires() throws {
        let text = #"{"prompt":"kedi","width":104,"height":64,"hires":{"scale":1.5}}"#
        let request = try JSONDecoder().decode(TextToImageRequest.self, from: Data(text.utf8))
        #expect(request.hires?.upscaler == "Latent" && request.hires?.steps == 0)
        // 156 is no multiple of 8.
        #expect(request.finishedSize == (152, 96))
        #expect(TextToImageRequest(prompt: "kedi").finishedSize == (1024, 1024))
    }

    @Test("have a size whatever a host has put into them", arguments: [.infinity, -.infinity, .nan, 1e300, -1, 0])
    func endlessHires(scale: Double) {
        var request = TextToImageRequest(prompt: "kedi")
        request.width = .max
        request.height = .min
        request.hires = HiresFix()
        request.hires?.scale = scale
        #expect(request.finishedSize.width >= 0 && request.finishedSize.height >= 0)
        #expect(throws: QueueError.self) { try request.validate() }
    }

    @Test("with a field of the wrong type are not read")
    func reading() throws {
        func read(_ text: String) throws -> TextToImageRequest {
            try JSONDecoder().decode(TextToImageRequest.self, from: Data(text.utf8))
        }
        #expect(try read(#"{"prompt":"kedi","later_field":1}"#) == TextToImageRequest(prompt: "kedi"))
        for text in [#"{}"#, #"{"prompt":1}"#, #"{"prompt":"a","width":"wide"}"#] {
            #expect(throws: DecodingError.self) { try read(text) }
        }
    }

    @Test("have their seed chosen once, and one for each picture")
    func seeds() {
        var generator = SeededGenerator(seed: 3)
        let chosen = TextToImageRequest(prompt: "kedi").resolvingSeed(using: &generator)
        #expect((0...Int64(UInt32.max)).contains(chosen.seed))
        #expect(chosen.resolvingSeed(using: &generator) == chosen)
        #expect(chosen.subseed == -1, "no subseed that counts")
        var full = Self.full
        full.subseedStrength = 0
        #expect(full.seed(ofPicture: 0) == .max)
        #expect(full.seed(ofPicture: 1) == 0, "the range of seeds wraps")
        full.subseedStrength = 0.1
        full.subseed = -1
        let leaning = full.resolvingSeed(using: &generator)
        #expect((0...Int64(UInt32.max)).contains(leaning.subseed))
        #expect(leaning.seed(ofPicture: 1) == .max, "variations of one seed")
        #expect(leaning.subseed(ofPicture: 1) == leaning.subseed(ofPicture: 0) &+ 1)
    }
}
