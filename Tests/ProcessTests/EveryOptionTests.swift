import Foundation
import ImageQueueCore
import ImageQueueTesting
import ProcessSupport
import Testing

extension ProcessTests {
    /// Each option gets a value that no other one has: what is dropped, or put into another's place, is seen.
    @Suite struct EveryOptionTests {
        /// - Returns: the request and the job's row, as they are stored.
        private func stored(_ options: [String], in box: Sandbox) async throws -> (request: Metadata, job: JSONObject) {
            let finished = try await box.start(["submit", "--detach", "--json"] + options).finish()
            #expect(finished.status == 0, "\(finished.errors)")
            let database = DatabaseProbe(path: box.database)
            let request = try #require(try database.text("SELECT request FROM requests"))
            let row = """
                SELECT json_object('owner', owner, 'conversation', conversation_id, 'priority', priority,
                    'delay', not_before - created_at, 'deadline', deadline - created_at) FROM jobs
                """
            return (try JSONObject(request).members, try JSONObject(try #require(try database.text(row))))
        }

        @Test("Every option of a drawing from words is stored where it belongs")
        func textToImage() async throws {
            try await Sandbox.with { box in
                let options = [
                    "--negative-prompt", "dog", "--width", "64", "--height", "72", "--steps", "11", "--cfg-scale",
                    "1.5",
                    "--distilled-cfg-scale", "2.5", "--sampler", "DPM++ 2M", "--scheduler", "Karras", "--seed", "12",
                    "--subseed", "13", "--subseed-strength", "0.25", "--count", "2", "--model", "random-b", "--style",
                    "ink", "--style", "wash", "--strict", "--extra", "s_noise=0.5", "--extra", "tiling=true",
                    "--hires-scale", "3.5", "--hires-upscaler", "Lanczos", "--hires-steps", "14", "--hires-denoising",
                    "0.125",
                ]
                let place = [
                    "--conversation", "c1", "--owner", "ada", "--user-message", "Please draw a cat.", "--priority",
                    "high",
                    "--key", "k1", "--delay", "60", "--deadline", "90",
                ]
                let (request, job) = try await stored(options + place + ["a", "cat"], in: box)
                let expected: Metadata = [
                    "kind": "text_to_image", "prompt": "a cat", "negative_prompt": "dog", "width": 64, "height": 72,
                    "steps": 11, "cfg_scale": 1.5, "distilled_cfg_scale": 2.5, "sampler": "DPM++ 2M",
                    "scheduler": "Karras", "seed": 12, "subseed": 13, "subseed_strength": 0.25, "count": 2,
                    "model": "random-b", "styles": ["ink", "wash"], "strict": true,
                    "extras": ["s_noise": 0.5, "tiling": true],
                    "hires": ["scale": 3.5, "upscaler": "Lanczos", "steps": 14, "denoising": 0.125],
                ]
                #expect(request == expected)
                #expect(job.string("owner") == "ada" && job.string("conversation") == "c1")
                #expect(job.integer("priority") == 2)
                #expect(job.integer("delay") == 60_000 && job.integer("deadline") == 90_000)
                let database = DatabaseProbe(path: box.database)
                #expect(try database.text("SELECT content FROM messages WHERE role = 'user'") == "Please draw a cat.")
                #expect(try database.text("SELECT key FROM keys") == "k1")
            }
        }

        @Test("Every option of a drawing over a picture is stored where it belongs")
        func imageToImage() async throws {
            try await Sandbox.with { box in
                for (name, seed) in [("a.png", 1), ("m.png", 2)] as [(String, UInt32)] {
                    try TinyPNG.bytes(seed: seed, width: 64, height: 72).write(to: URL(filePath: box.file(name)))
                }
                let options = [
                    "--init-image", "a.png", "--strength", "0.375", "--fit", "crop", "--mask", "m.png", "--mask-blur",
                    "9", "--mask-fill", "noise", "--mask-only", "--width", "128",
                ]
                let (request, _) = try await stored(options + ["kedi"], in: box)
                let image = try #require(request["image"])
                guard case .object(var mask)? = request["mask"] else {
                    throw Timeout(description: "no mask: \(request)")
                }
                let covers = mask.removeValue(forKey: "image")
                #expect(covers != nil && covers != image)
                #expect(mask == ["blur": 9, "fill": "noise", "masked_part_only": true])
                #expect(request["denoising_strength"] == 0.375 && request["fit"] == "crop")
                #expect(request["width"] == 128 && request["height"] == 72)
            }
        }

        @Test("A mask is turned over by its own option")
        func invertedMask() async throws {
            try await Sandbox.with { box in
                for (name, seed) in [("a.png", 1), ("m.png", 2)] as [(String, UInt32)] {
                    try TinyPNG.bytes(seed: seed, width: 64, height: 72).write(to: URL(filePath: box.file(name)))
                }
                let options = ["--init-image", "a.png", "--mask", "m.png", "--mask-invert", "--fit", "pad"]
                let (request, _) = try await stored(options + ["kedi"], in: box)
                guard case .object(var mask)? = request["mask"] else {
                    throw Timeout(description: "no mask: \(request)")
                }
                mask["image"] = nil
                #expect(mask == ["inverted": true])
                #expect(request["fit"] == "pad" && request["denoising_strength"] == nil)
            }
        }

        @Test("A job that has killed as many workers as --death-limit says is set aside")
        func deathLimit() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                let job = try await box.object("submit", "--detach", "--json", "--steps", "150", "kedi")
                let id = try #require(job.string("job_id"))
                let worker = try box.start("worker", "--death-limit", "1", "--forge", forge.url)
                try await eventually("the picture is being drawn") {
                    try forge.generations(of: id).isEmpty ? nil : ()
                }
                worker.killIfRunning()
                _ = try await worker.finish()
                // The first to look settles what the dead one held.
                let next = try await box.run("worker", "--drain", "--death-limit", "1", "--forge", forge.url)
                #expect(next.status == 0, "\(next.errors)")
                #expect(try await box.status(id).string("error_code") == "worker_lost")
            }
        }

        @Test("Pictures are named by URLs as the template says, of the option or of the environment")
        func imageURLs() async throws {
            try await Sandbox.with { box in
                let submit = ["submit", "--simulate", "--json", "--steps", "1", "--width", "64", "--height", "64"]
                let option = ["--image-url-template", "https://a.example/{path}?small"]
                let settings = ["IQCTL_IMAGE_URL_TEMPLATE": "https://b.example/{path}"]
                for (arguments, begin) in [(option, "https://a.example/"), ([], "https://b.example/")] {
                    let told = try await box.start(submit + arguments + ["kedi"], adding: settings).finish()
                    #expect(told.status == 0, "\(told.errors)")
                    let last = try #require(try told.objects().last)
                    guard case .array(let urls)? = last.members["image_urls"], case .string(let url)? = urls.first
                    else {
                        throw Timeout(description: "no URL: \(last)")
                    }
                    #expect(url.hasPrefix(begin), "\(url)")
                }
            }
        }

        @Test("A template without its {path} is refused, and no file is made")
        func refusedTemplate() async throws {
            try await Sandbox.with { box in
                let option = try await box.run("submit", "--detach", "--image-url-template", "/images", "x")
                #expect(option.status == 64 && option.errors.contains("{path}"), "\(option.errors)")
                let name = "IQCTL_IMAGE_URL_TEMPLATE"
                let setting = try await box.run("submit", "--detach", "x", adding: [name: "/images"])
                #expect(setting.status == 64 && setting.errors.contains(name), "\(setting.errors)")
                #expect(!FileManager.default.fileExists(atPath: box.database))
            }
        }

        @Test("The environment's proxy is obeyed where --use-proxy says so, and not else")
        func proxy() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box)
                // Nobody listens at the sandbox's proxy.
                for (arguments, state) in [([], "ready"), (["--use-proxy"], "backend_unavailable")] {
                    let told = try await box.start(["backends", "--json", "--forge", forge.url] + arguments).finish()
                    #expect(try told.objects().map { $0.string("state") } == [state], "\(told.errors)")
                }
            }
        }
    }
}
