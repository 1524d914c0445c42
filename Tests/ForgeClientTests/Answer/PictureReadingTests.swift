import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct PictureReadingTests {
    /// Without the one that was asked for as gzip, which this client never does, and those whose body was not kept.
    private static let successes = Recording.all("/sdapi/v1/txt2img", method: "POST").filter { recording in
        recording.status == 200 && !recording.body.isEmpty && !recording.name.hasSuffix("-gzip")
    }

    @Test(arguments: successes)
    func `Each recorded success is read`(recording: Recording) throws {
        let reading = try Samples.reading().read(recording.body)
        #expect(reading.jobTimestamp?.count == 14)
        let answer = try JSONDecoder().decode(TextToImageAnswer.self, from: recording.body)
        #expect((reading.picture == nil) == answer.images.isEmpty)
        guard let picture = reading.picture else { return }
        #expect(picture.width > 0 && picture.height > 0)
        #expect(picture.infotext?.contains("Steps: ") == true)
        #expect(ImageFormat(signatureOf: picture.bytes) == picture.format)
    }

    @Test(arguments: Recording.all("/sdapi/v1/txt2img"))
    func `No part of a recorded answer traps`(recording: Recording) {
        let body = recording.body
        for share in 0..<40 {
            let part = Data(body.prefix(body.count * share / 40))
            _ = try? Samples.reading().read(part)
            _ = ErrorBody(part)
        }
    }

    @Test func `A plain success holds what was asked`() throws {
        let recording = try Recording.named("02-txt2img/sampler-plus-scheduler")
        var task = Samples.task()
        task.request.drawing?.sampler = "Euler"
        task.request.drawing?.scheduler = "Karras"
        let picture = try #require(try Samples.reading(task).read(recording.body).picture)
        #expect(picture.format == .png)
        #expect(picture.width == 64 && picture.height == 64)
        #expect(picture.seed == 1)
    }

    @Test func `Another sampler is told`() throws {
        let body = try Recording.named("02-txt2img/bad-sampler").body
        var task = Samples.task()
        task.request.drawing?.sampler = "NoSuchSampler"
        let warnings = try Samples.reading(task).read(body).picture?.warnings
        #expect(warnings == ["Drawn with sampler “DPM++ 2M”, not “NoSuchSampler”."])
    }

    @Test func `The old name of sampler and schedule at once is no difference`() throws {
        let body = try Recording.named("02-txt2img/bad-sampler").body
        var task = Samples.task()
        task.request.drawing?.sampler = "DPM++ 2M Karras"
        task.request.drawing?.scheduler = "karras"
        #expect(try Samples.reading(task).read(body).picture?.warnings == [])
    }

    @Test func `Another schedule is told`() throws {
        let body = try Recording.named("02-txt2img/bad-scheduler").body
        var task = Samples.task()
        task.request.drawing?.scheduler = "NoSuch"
        let warnings = try Samples.reading(task).read(body).picture?.warnings
        #expect(warnings == ["Drawn with schedule “Automatic”, not “NoSuch”."])
    }

    @Test func `Another model is told`() throws {
        let body = try Recording.named("03-override-and-zombies/E5-override-invalid").body
        var task = Samples.task()
        task.request.drawing?.model = "no-such-model"
        let warnings = try #require(try Samples.reading(task).read(body).picture?.warnings)
        #expect(warnings.contains { $0.contains("not “no-such-model”") })
    }

    @Test func `Another seed is told`() throws {
        let body = try Recording.named("02-txt2img/seeds-minus1").body
        var task = Samples.task()
        task.request.drawing?.seed = 3_932_623_448
        #expect(try Samples.reading(task).read(body).picture?.warnings == [])
        task.request.drawing?.seed = 7
        let warnings = try Samples.reading(task).read(body).picture?.warnings
        #expect(warnings == ["Drawn with seed 3932623448, not 7."])
    }

    @Test(arguments: [
        (#"{"detail":"Sampler not found"}"#, GenerationError.FailureClass.backendFailed),
        (#"{"error":"OutOfMemoryError","detail":"","errors":"CUDA out of memory"}"#, .outOfMemory),
        (#"{"pictures":[]}"#, .malformedAnswer), ("[]", .malformedAnswer),
    ])
    func `An answer of 200 that tells of an error is that error`(body: String, failure: GenerationError.FailureClass)
        throws
    {
        let error = try #require(throws: GenerationError.self) { try Samples.reading().read(Data(body.utf8)) }
        #expect(error.failureClass == failure, "\(error.message)")
    }

    @Test func `The size is the picture's own`() throws {
        let body = try Recording.named("02-txt2img/width-65").body
        var task = Samples.task()
        task.request.drawing?.width = 65
        task.request.drawing?.height = 70
        let picture = try #require(try Samples.reading(task).read(body).picture)
        #expect(picture.width == 64 && picture.height == 64)
        #expect(picture.warnings.contains("The picture is 64×64 pixels, not 65×70."))
    }

    @Test(arguments: ["additional-empty", "additional-same"])
    func `A second pass makes the size that is expected`(name: String) throws {
        let body = try Recording.named("10b-hires/\(name)").body
        var task = Samples.hires()
        let sizes = "The picture is 128×128 pixels, not 64×64."
        let picture = try #require(try Samples.reading(task).read(body).picture)
        #expect((picture.width, picture.height) == (128, 128))
        #expect(!picture.warnings.contains { $0.contains("pixels") }, "\(picture.warnings)")
        task.request.drawing?.hires = nil
        #expect(try Samples.reading(task).read(body).picture?.warnings.contains(sizes) == true)
    }

    @Test(arguments: [
        ("02-txt2img/bad-sampler", "sampler"), ("02-txt2img/bad-scheduler", "schedule"),
        ("02-txt2img/width-65", "pixels"), ("03-override-and-zombies/E5-override-invalid", "model"),
    ])
    func `What is not as asked is a warning, or the end of a strict job`(name: String, word: String) throws {
        var task = Samples.task()
        switch word {
        case "sampler": task.request.drawing?.sampler = "NoSuchSampler"
        case "schedule": task.request.drawing?.scheduler = "NoSuch"
        case "model": task.request.drawing?.model = "no-such-model"
        default: task.request.drawing?.width = 65
        }
        let reading = try Samples.reading(task).read(try Recording.named(name).body)
        let lenient = Verdict(reading: reading, wasCutShort: false)
        #expect(try lenient.picture().warnings.contains { $0.contains(word) })
        let strict = Verdict(reading: reading, wasCutShort: false, isStrict: true)
        let error = try #require(throws: GenerationError.self) { try strict.picture() }
        #expect(error.failureClass == .notAsAsked)
        #expect(error.message.contains(word))
        // Somebody else's interrupt is worth another try; that comes first.
        let cut = Verdict(reading: reading, wasCutShort: true, isStrict: true)
        let foreign = try #require(throws: GenerationError.self) { try cut.picture() }
        #expect(foreign.failureClass == .interruptedByOther)
    }

    @Test func `A strict job takes what is as asked`() throws {
        var task = Samples.task()
        task.request.drawing?.sampler = "DPM++ 2M"
        task.request.drawing?.scheduler = "Karras"
        let reading = try Samples.reading(task).read(try Recording.named("02-txt2img/sampler-plus-scheduler").body)
        #expect(try Verdict(reading: reading, wasCutShort: false, isStrict: true).picture().warnings.isEmpty)
    }

    @Test func `A JPEG is told by its bytes`() throws {
        let body = try Recording.named("03-override-and-zombies/E21-txt2img-jpeg").body
        #expect(try Samples.reading().read(body).picture?.format == .jpeg)
    }

    @Test func `An interrupt while the model loads leaves no picture`() throws {
        let reading = try Samples.reading().read(try Recording.named("05-interrupt/I6-model-load").body)
        #expect(reading.picture == nil)
        #expect(reading.jobTimestamp == "20261123225929")
    }

    /// A picture out of the recordings, in an answer of our own making.
    private func answer(images: [String]? = nil, info: String?) throws -> Data {
        let recorded = try JSONDecoder().decode(
            TextToImageAnswer.self,
            from: try Recording.named("02-txt2img/minimal").body
        )
        var fields: [String: Any] = ["images": images ?? [recorded.images[0]], "parameters": NSNull()]
        if let info { fields["info"] = info }
        return try JSONSerialization.data(withJSONObject: fields)
    }

    private var png: String {
        get throws {
            try JSONDecoder().decode(
                TextToImageAnswer.self,
                from: try Recording.named("02-txt2img/minimal").body
            ).images[0]
        }
    }

    @Test(arguments: [
        ("18446744073709551615", UInt64.max), ("9223372036854775808", 9_223_372_036_854_775_808),
        ("42", 42), ("42.0", 42), ("\"42\"", 42),
        // What is no seed is answered with the one that was asked for.
        ("-2", 1), ("1.5", 1), ("null", 1), ("true", 1), ("1e300", 1), ("18446744073709551616", 1),
    ])
    func `Seeds may be anything`(text: String, seed: UInt64) throws {
        for info in [#"{"all_seeds": [\#(text)], "seed": 7}"#, #"{"seed": \#(text)}"#] {
            let read = try Samples.reading().read(try answer(info: info)).picture?.seed
            // A readable `seed` stands in for an unreadable list.
            #expect(read == seed || (info.contains("all_seeds") && seed == 1 && read == 7), "\(info)")
        }
    }

    @Test func `What is not said is not as asked, for who is strict`() throws {
        let body = try answer(info: "{}")
        var task = Samples.task()
        task.request.drawing?.model = "random-a"
        #expect(try Samples.reading(task).read(body).picture?.warnings == [])
        task.request.drawing?.isStrict = true
        let told = try #require(try Samples.reading(task).read(body).picture?.warnings)
        #expect(told.count == 2 && told[0].contains("which sampler") && told[1].contains("which model"), "\(told)")
        task.request.drawing?.scheduler = "Karras"
        #expect(try Samples.reading(task).read(body).picture?.warnings.count == 3)
    }

    @Test func `Of a text without end little is kept`() throws {
        let long = String(repeating: "e\u{301}", count: 40_000)
        let body = try answer(info: #"{"infotexts": ["\#(long)"]}"#)
        let kept = try #require(try Samples.reading().read(body).picture?.infotext)
        #expect(kept.utf8.count <= 65_536)
    }

    @Test func `A grid in front is skipped`() throws {
        let info = #"{"index_of_first_image": 1, "infotexts": ["grid", "picture"]}"#
        let body = try answer(images: ["not even base64!", try png], info: info)
        let picture = try #require(try Samples.reading().read(body).picture)
        #expect(picture.infotext == "picture")
        let alone = try answer(info: #"{"index_of_first_image": 1}"#)
        #expect(try Samples.reading().read(alone).picture == nil)
        let negative = try answer(info: #"{"index_of_first_image": -5}"#)
        #expect(try Samples.reading().read(negative).picture != nil)
    }

    @Test func `A data URL is as good as plain base64`() throws {
        let body = try answer(images: ["data:image/png;base64," + (try png)], info: "{}")
        #expect(try Samples.reading().read(body).picture?.format == .png)
    }

    @Test(arguments: [nil, "", "no json", "[]", "{}", "null", #"{"infotexts": 5, "sampler_name": []}"#])
    func `Unreadable remarks do not cost the picture`(info: String?) throws {
        #expect(try Samples.reading().read(try answer(info: info)).picture?.seed == 1)
    }

    @Test(arguments: [
        "", "[]", "{}", "null", "5", "<html>busy</html>", #"{"images": "x"}"#, #"{"images": [5], "info": ""}"#,
        #"{"images": null}"#, #"{"images": ["@@@"], "info": "{}"}"#, #"{"images": [""], "info": "{}"}"#,
        #"{"images": ["aGVsbG8="], "info": "{}"}"#, #"{"images": ["data:image/png,abc"]}"#,
        #"{"images": ["data:nonsense"]}"#,
    ])
    func `What is no picture is a malformed answer`(body: String) throws {
        let error = try #require(throws: GenerationError.self) { try Samples.reading().read(Data(body.utf8)) }
        #expect(error.failureClass == .malformedAnswer)
        #expect(error.message.contains("http://127.0.0.1:7860/sdapi/v1/txt2img"))
    }

    @Test func `A truncated picture is a malformed answer`() throws {
        let whole = try #require(Data(base64Encoded: try png))
        for length in [8, 20, 33, whole.count / 2, whole.count - 1] {
            let body = try answer(images: [whole.prefix(length).base64EncodedString()], info: "{}")
            #expect(throws: GenerationError.self) { try Samples.reading().read(body) }
        }
    }
}
