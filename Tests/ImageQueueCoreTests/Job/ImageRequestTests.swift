import ImageQueueCore
import ImageQueueTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Kinds of requests", .timeLimit(.minutes(1)))
struct ImageRequestTests {
    static func picture(_ width: Int = 512, _ height: Int = 384, hash: Character = "a") -> InputImage {
        InputImage(
            sha256: String(repeating: hash, count: 64),
            format: .png,
            width: width,
            height: height,
            byteCount: 1000
        )
    }

    static let imageToImage = ImageToImageRequest(
        drawing: TextToImageRequest(prompt: "kedi"),
        image: picture()
    )

    static let everyImageToImage: ImageToImageRequest = {
        var request = imageToImage
        request.drawing = TextToImageRequestTests.full
        request.drawing.hires = nil
        request.denoisingStrength = 0.3
        request.fit = .crop
        var mask = ImageMask(picture(hash: "b"))
        mask.blur = 9
        mask.fill = .noise
        mask.isInverted = true
        mask.drawsMaskedPartOnly = true
        mask.padding = 12
        request.mask = mask
        return request
    }()

    static let everyUpscale: UpscaleRequest = {
        var request = UpscaleRequest(image: picture())
        request.scale = 3.5
        request.upscaler = "Lanczos"
        request.parent = ImageParent(job: JobID(uuid: UUID()), number: 3)
        request.caption = "kedi"
        request.isStrict = true
        return request
    }()

    /// A request, and the words that a refusal must hold; none for one that is fine.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: ImageRequest
        let complaint: [String]

        static func draw(
            _ name: String,
            _ complaint: String...,
            change: (inout ImageToImageRequest) -> Void
        ) -> Case {
            var request = imageToImage
            change(&request)
            return Case(
                testDescription: "image to image: \(name)",
                request: .imageToImage(request),
                complaint: complaint
            )
        }

        static func mask(_ name: String, _ complaint: String..., change: (inout ImageMask) -> Void) -> Case {
            var request = imageToImage
            var mask = ImageMask(picture(hash: "b"))
            change(&mask)
            request.mask = mask
            return Case(testDescription: "mask: \(name)", request: .imageToImage(request), complaint: complaint)
        }

        static func upscale(_ name: String, _ complaint: String..., change: (inout UpscaleRequest) -> Void) -> Case {
            var request = UpscaleRequest(image: picture())
            change(&request)
            return Case(testDescription: "upscale: \(name)", request: .upscale(request), complaint: complaint)
        }
    }

    static let cases: [Case] = [
        .draw("the defaults") { _ in },
        .draw("everything") { $0 = everyImageToImage },
        .draw("the words", "steps") { $0.drawing.steps = 0 },
        .draw("a second pass", "hires") { $0.drawing.hires = HiresFix() },
        .draw("strength 0") { $0.denoisingStrength = 0 },
        .draw("strength 1") { $0.denoisingStrength = 1 },
        .draw("strength 2", "denoising_strength", "0.0 to 1.0", "2.0") { $0.denoisingStrength = 2 },
        .draw("strength below 0", "denoising_strength") { $0.denoisingStrength = -0.01 },
        .draw("strength that is no number", "denoising_strength") { $0.denoisingStrength = .nan },
        .mask("the defaults") { _ in },
        .mask("wider", "mask", "512 × 384", "513 × 384") { $0.image = picture(513, 384) },
        .mask("turned", "mask", "384 × 512") { $0.image = picture(384, 512) },
        .mask("blur 64") { $0.blur = 64 },
        .mask("blur 65", "mask.blur", "64") { $0.blur = 65 },
        .mask("blur below 0", "mask.blur") { $0.blur = -1 },
        .mask("padding 256") { $0.padding = 256 },
        .mask("padding 257", "mask.padding", "256") { $0.padding = 257 },
        .upscale("the defaults") { _ in },
        .upscale("everything") { $0 = everyUpscale },
        .upscale("scale 8") { $0.scale = 8 },
        .upscale("scale above 8", "scale", "8", "8.01") { $0.scale = 8.01 },
        .upscale("scale 1", "scale", "above 1") { $0.scale = 1 },
        .upscale("scale that is no number", "scale") { $0.scale = .nan },
        .upscale("scale without bound", "scale") { $0.scale = .infinity },
        .upscale("to the longest side") { $0.image = picture(8192, 8) },
        .upscale("beyond it", "scale", "16384", "24576 × 48") {
            $0.image = picture(8192, 16)
            $0.scale = 3
        },
        .upscale("to nothing", "8 pixels") { $0.image = picture(3, 512) },
        .upscale("no upscaler", "upscaler", "empty") { $0.upscaler = "" },
        .upscale("upscaler: NUL", "upscaler", "NUL") { $0.upscaler = "a\u{0}" },
        .upscale("caption: 64 KiB") { $0.caption = TextToImageRequestTests.longest },
        .upscale("caption: more", "caption", "65536") { $0.caption = TextToImageRequestTests.longest + "a" },
    ]

    @Test("are checked field by field", arguments: cases)
    func validation(example: Case) throws {
        guard !example.complaint.isEmpty else {
            try example.request.validate()
            return
        }
        let error = try #require(throws: QueueError.self) { try example.request.validate() }
        #expect(error.code == .invalidRequest)
        for word in example.complaint { #expect(error.message.contains(word), "\(error.message)") }
    }

    static let all: [ImageRequest] = [
        .textToImage(TextToImageRequest(prompt: "kedi")), .textToImage(TextToImageRequestTests.full),
        .imageToImage(imageToImage), .imageToImage(everyImageToImage),
        .upscale(UpscaleRequest(image: picture())), .upscale(everyUpscale),
    ]

    static func canonical(_ request: ImageRequest) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(request), as: UTF8.self)
    }

    @Test("survive being written and read", arguments: all)
    func roundTrip(request: ImageRequest) throws {
        let text = try Self.canonical(request)
        let read = try JSONDecoder().decode(ImageRequest.self, from: Data(text.utf8))
        #expect(read == request)
        #expect(try Self.canonical(read) == text)
    }

    @Test("are written with their kind, and without what has its default")
    func canonicalForm() throws {
        let hash = String(repeating: "a", count: 64)
        let image = #""image":{"byte_count":1000,"format":"png","height":384,"sha256":"\#(hash)","width":512}"#
        #expect(try Self.canonical(Self.all[0]) == #"{"kind":"text_to_image","prompt":"kedi"}"#)
        #expect(try Self.canonical(Self.all[2]) == #"{\#(image),"kind":"image_to_image","prompt":"kedi"}"#)
        #expect(try Self.canonical(Self.all[4]) == #"{\#(image),"kind":"upscale"}"#)
        var masked = Self.imageToImage
        masked.mask = ImageMask(Self.picture())
        let mask = image.replacing(#""image""#, with: #""mask":{"image""#) + "}"
        #expect(
            try Self.canonical(.imageToImage(masked))
                == #"{\#(image),"kind":"image_to_image",\#(mask),"prompt":"kedi"}"#
        )
    }

    @Test("of an unknown kind or none, or without their picture, are not read")
    func unknownKind() {
        for text in [
            #"{"prompt":"a"}"#, #"{"kind":"video","prompt":"a"}"#, #"{"kind":"upscale"}"#,
            #"{"kind":"image_to_image","prompt":"a"}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ImageRequest.self, from: Data(text.utf8))
            }
        }
    }

    @Test("tell what they share")
    func shared() {
        let drawn = ImageRequest.imageToImage(Self.everyImageToImage)
        #expect(drawn.pictureCount == 16 && drawn.model == "flux1-dev" && drawn.isStrict && drawn.parent == nil)
        #expect(drawn.inputs == [Self.picture(), Self.picture(hash: "b")])
        var upscale = ImageRequest.upscale(Self.everyUpscale)
        #expect(upscale.pictureCount == 1 && upscale.model == nil && upscale.isStrict && upscale.prompt == "kedi")
        #expect(upscale.inputs == [Self.picture()] && upscale.parent == Self.everyUpscale.parent)
        #expect(upscale.drawing == nil)
        upscale.drawing = TextToImageRequest(prompt: "changes nothing")
        #expect(upscale == .upscale(Self.everyUpscale))
        var generator = SeededGenerator(seed: 3)
        let seedless = ImageRequest.imageToImage(Self.imageToImage).resolvingSeed(using: &generator)
        #expect((0...Int64(UInt32.max)).contains(seedless.drawing?.seed ?? -1))
        #expect(upscale.resolvingSeed(using: &generator) == upscale)
    }

    @Test(
        "tell the size of an upscale's result as Forge rounds it",
        arguments: [
            ((64, 64), 2.0, (128, 128)), ((65, 70), 2, (128, 136)), ((100, 100), 1.5, (144, 144)),
            ((333, 7), 4, (1328, 24)),
        ]
    )
    func upscaledSize(source: (Int, Int), scale: Double, result: (Int, Int)) {
        var request = UpscaleRequest(image: Self.picture(source.0, source.1))
        request.scale = scale
        #expect(request.finishedSize == result)
    }

    @Test(
        "refuse an upscale of whatever size a picture is said to have",
        arguments: [Int.max, Int.min, 0, 8200],
        [2.0, 8, .nan, .infinity, 1e300]
    )
    func endlessUpscale(side: Int, scale: Double) {
        var request = UpscaleRequest(image: Self.picture(side, 64))
        request.scale = scale
        #expect(throws: QueueError.self) { try request.validate() }
        #expect(request.finishedSize.width >= 0)
    }

    @Test(
        "take a drawable size from a picture",
        arguments: [
            ((512, 384), (512, 384)), ((517, 391), (512, 384)), ((10, 9000), (64, 4096)),
        ]
    )
    func likeSize(source: (Int, Int), size: (Int, Int)) {
        #expect(ImageToImageRequest.size(like: Self.picture(source.0, source.1)) == size)
    }
}
