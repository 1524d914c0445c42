import Foundation
import ImageQueueTesting
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct InitImageTests {
        private func picture(_ box: Sandbox, _ name: String, width: UInt32 = 64, height: UInt32 = 64) throws -> String {
            let path = box.file(name)
            try TinyPNG.bytes(seed: 9, width: width, height: height).write(to: URL(filePath: path))
            return path
        }

        @Test("A picture is drawn over, masked too, in its own size, and again gives the same")
        func draws() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 2)
                let (image, mask) = (try picture(box, "a.png", height: 72), try picture(box, "m.png", height: 72))
                let first = try await box.object(
                    "submit",
                    "--json",
                    "--forge",
                    forge.url,
                    "--init-image",
                    image,
                    "--mask",
                    mask,
                    "--strength",
                    "0.4",
                    "kedi"
                )
                #expect(first.string("kind") == "image_to_image")
                try FileManager.default.removeItem(atPath: image)
                let again = try await box.object("again", "--json", try #require(first.string("job_id")))
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                let second = try await box.status(try #require(again.string("job_id")))
                let pictures = try [first, second].map { job in
                    try Data(contentsOf: URL(filePath: try #require(job.strings("image_paths").first)))
                }
                #expect(pictures[0] == pictures[1])
                // The size stands in the file's header.
                #expect(Array(pictures[0][16..<24]) == [0, 0, 0, 64, 0, 0, 0, 72])
            }
        }

        @Test("What a job starts from survives kill -9 and the loss of the file")
        func survives() async throws {
            try await Sandbox.with { box in
                let image = try picture(box, "a.png")
                let submit = try box.start(
                    "submit",
                    "--json",
                    "--init-image",
                    image,
                    "--forge",
                    "http://127.0.0.1:9",
                    "x"
                )
                let job = try await eventually("a job is stored") { () -> String? in
                    let listed = try await box.run("list", "--json")
                    guard listed.status == 0 else { return nil }
                    return try listed.objects().first?.string("job_id")
                }
                submit.killIfRunning()
                try FileManager.default.removeItem(atPath: image)
                let forge = try await SimulatorProcess.start(in: box, stepTime: 2)
                #expect(try await box.run("worker", "--drain", "--forge", forge.url).status == 0)
                #expect(try await box.status(job).string("status") == "complete")
            }
        }

        @Test("Bad pictures are refused with 64, a sentence that names the option, and nothing stored")
        func refused() async throws {
            try await Sandbox.with { box in
                let good = try picture(box, "good.png")
                let other = try picture(box, "other.png", width: 72)
                let files: [(String, Data)] = [
                    ("empty", Data()), ("text", Data("no picture\n".utf8)),
                    ("cut.png", try Data(contentsOf: URL(filePath: good)).dropLast(20)),
                    ("huge.png", Data(count: 100_000_000)),
                ]
                for (name, bytes) in files { try bytes.write(to: URL(filePath: box.file(name))) }
                let cases: [([String], String)] = [
                    (["--init-image", box.file("empty")], "--init-image is empty"),
                    (["--init-image", box.file("text")], "PNG, JPEG or WebP"),
                    (["--init-image", box.file("cut.png")], "incomplete png"),
                    (["--init-image", box.file("huge.png")], "32 MiB"),
                    (["--init-image", box.file("none")], "No such file"),
                    (["--init-image", box.folder.path(percentEncoded: false)], "--init-image must name a file"),
                    (["--init-image", good, "--mask", other], "64 × 64, not 72 × 64"),
                    (["--init-image", good, "--mask", box.file("text")], "--mask"),
                    (["--init-image", good, "--strength", "2"], "denoising_strength"),
                    (["--init-image", good, "--hires"], "hires"), (["--init-image", "/dev/zero"], "must name a file"),
                    (["--strength", "0.5"], "--init-image"), (["--mask", good], "--init-image"),
                    (["--init-image", good, "--mask-invert"], "--mask"),
                    (["--init-image", good, "--init-image", ""], "--init-image"),
                ]
                for (arguments, words) in cases {
                    let finished = try await box.start(["submit", "--detach"] + arguments + ["x"]).finish()
                    #expect(finished.status == 64, "\(arguments)")
                    #expect(finished.errors.contains(words), "\(arguments): \(finished.errors)")
                }
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }
    }
}
