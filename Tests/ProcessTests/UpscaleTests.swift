import Foundation
import ImageQueueTesting
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct UpscaleTests {
        @Test("A job's picture is made larger, is its child, and tells so everywhere")
        func job() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 2)
                let small = ["--width", "64", "--height", "72", "--forge", forge.url, "--json"]
                let drawn = try await box.start(["submit", "--count", "2"] + small + ["kedi"]).finish().object()
                let source = try #require(drawn.string("job_id"))
                let upscale = ["upscale", "--upscaler", "Lanczos", "--json", "--forge", forge.url]
                let large = try await box.start(upscale + [source.uppercased(), "--picture", "2"]).finish().object()
                #expect(large.string("kind") == "upscale" && large.string("status") == "complete")
                for parent in [large.object("parent"), large.object("metadata")?.object("parent")] {
                    #expect(parent?.string("job_id") == source)
                    #expect(parent?.integer("number") == 1)
                }
                #expect(large.object("metadata")?.string("prompt") == "kedi")
                let path = try #require(large.strings("image_paths").first)
                let bytes = try Data(contentsOf: URL(filePath: path))
                #expect(Array(bytes[16..<24]) == [0, 0, 0, 128, 0, 0, 0, 144])
                let text = try await box.run("status", try #require(large.string("job_id")))
                #expect(text.output.contains("picture 2 of job \(source)"))

                #expect(try await box.start(upscale + [source, "--owner", "bob"]).finish().status == 3)
                #expect(try await box.start(upscale + ["01890000-0000-7000-8000-000000000000"]).finish().status == 3)
                let third = try await box.start(upscale + [source, "--picture", "3"]).finish()
                #expect(third.status == 64 && third.errors.contains("has no picture 3"))
                try FileManager.default.removeItem(atPath: try #require(drawn.strings("image_paths").first))
                let gone = try await box.start(upscale + [source]).finish()
                #expect(gone.status == 3 && gone.errors.contains("gone"), "\(gone.errors)")
                let waiting = try await box.object("submit", "--detach", "--json", "x")
                let early = try await box.start(upscale + [try #require(waiting.string("job_id"))]).finish()
                #expect(early.status == 64 && early.errors.contains("not drawn its picture 1 yet"), "\(early.errors)")
            }
        }

        @Test("A file is made larger with a simulated Forge; its weights are doubted, and strict fails for that")
        func file() async throws {
            try await Sandbox.with { box in
                let path = box.file("kedi.png")
                try TinyPNG.bytes(seed: 9, width: 40, height: 40).write(to: URL(filePath: path))
                let made = try await box.object("upscale", "--simulate", "--json", "--scale", "4", "kedi.png")
                #expect(made["parent"] == nil && made["seeds"] == nil)
                #expect(made.object("metadata")?.string("prompt") == "kedi.png")
                let text = try await box.run("status", try #require(made.string("job_id")))
                #expect(text.output.contains("lacks the weights"), "\(text.output)")
                let strict = try await box.run("upscale", "--simulate", "--strict", path)
                #expect(strict.status == 1 && strict.errors.contains("lacks the weights"), "\(strict.errors)")
                let unknown = try await box.run("upscale", "--simulate", "--upscaler", "NoSuch", path)
                #expect(unknown.status == 1 && unknown.errors.contains("NoSuch"), "\(unknown.errors)")
            }
        }

        @Test("Bad input is refused with 64, a sentence that names what is wrong, and nothing stored")
        func refused() async throws {
            try await Sandbox.with { box in
                let path = box.file("a.png")
                try TinyPNG.bytes(seed: 9, width: 64, height: 64).write(to: URL(filePath: path))
                let cases: [([String], String)] = [
                    ([path, "--scale", "1"], "scale"), ([path, "--scale", "9"], "scale"),
                    ([path, "--scale", "nan"], "scale"), ([path, "--upscaler", ""], "upscaler"),
                    ([path, "--picture", "1"], "--picture"), ([path, "--picture", "0"], "--picture"),
                    ([box.file("none.png")], "No such file"),
                    ([box.folder.path(percentEncoded: false)], "must name a file"),
                    ([""], "picture"), ([], "image-or-job"),
                ]
                for (arguments, words) in cases {
                    let finished = try await box.start(["upscale", "--detach"] + arguments).finish()
                    #expect(finished.status == 64, "\(arguments)")
                    #expect(finished.errors.contains(words), "\(arguments): \(finished.errors)")
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }
    }
}
