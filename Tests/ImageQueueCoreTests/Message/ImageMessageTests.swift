import ImageQueueCore
import Testing

@Suite("A job's message", .timeLimit(.minutes(1)))
struct ImageMessageTests {
    static let long = String(repeating: "ğ", count: 101)

    @Test("says by its first word how the job stands")
    func content() {
        #expect(ImageMessage.pendingContent(prompt: "kedi çiz") == "[IMAGE_PENDING] kedi çiz")
        #expect(ImageMessage.completeContent(prompt: "kedi çiz") == "[IMAGE] kedi çiz")
        #expect(ImageMessage.errorContent(.cancelled) == "[IMAGE_ERROR] Cancelled.")
    }

    @Test("quotes a hundred characters of a prompt and keeps all of it in the metadata")
    func excerpt() throws {
        let excerpt = String(repeating: "ğ", count: 100)
        #expect(ImageMessage.excerpt(of: Self.long) == excerpt)
        #expect(ImageMessage.pendingContent(prompt: Self.long) == "[IMAGE_PENDING] \(excerpt)")
        let metadata = ImageMessage.pendingMetadata(job: .make(), position: 1, prompt: Self.long)
        #expect(metadata["prompt"] == .string(Self.long))
    }

    @Test(
        "An excerpt ends with a whole character, whatever the prompt is made of",
        arguments: [
            "", "kedi", String(repeating: "a", count: 100), String(repeating: "a", count: 300),
            String(repeating: "a", count: 99) + "e\u{301}bc", String(repeating: "\r\n", count: 120),
            String(repeating: "a", count: 99) + "\r\nb", String(repeating: "👩‍👩‍👧", count: 120),
            String(repeating: "a", count: 98) + "ğ" + "bcd",
        ]
    )
    func wholeCharacters(prompt: String) {
        #expect(Array(ImageMessage.excerpt(of: prompt)) == Array(Array(prompt).prefix(100)))
    }

    @Test("An excerpt stays small, however many marks its characters have")
    func marks() {
        let marked = "e" + String(repeating: "\u{301}", count: 1_500)
        #expect(ImageMessage.excerpt(of: "a" + marked + marked) == "a" + marked)
        #expect(ImageMessage.excerpt(of: "a" + marked + marked + marked).utf8.count < 4_096)
    }

    @Test("has the metadata of a job that waits")
    func pending() {
        let job = JobID.make()
        let batch = JobID.make()
        let earlier = JobID.make()
        #expect(
            ImageMessage.pendingMetadata(job: job, position: nil, prompt: "kedi")
                == ["type": "image", "job_id": .string(job.description), "status": "queued", "prompt": "kedi"]
        )
        #expect(
            ImageMessage.pendingMetadata(job: job, position: 4, prompt: "kedi", batch: batch, retryOf: earlier) == [
                "type": "image", "job_id": .string(job.description), "status": "queued", "prompt": "kedi",
                "queue_position": 4, "batch_id": .string(batch.description), "retry_of": .string(earlier.description),
            ]
        )
    }

    @Test("loses its position at the end and gains the pictures")
    func complete() {
        let pending = JSONValue.object(ImageMessage.pendingMetadata(job: .make(), position: 4, prompt: "kedi"))
        let done = pending.merging(.object(ImageMessage.completePatch(imageURLs: ["/a.png", "/b.png"])))
        guard case .object(let metadata) = done else {
            Issue.record("metadata must stay an object")
            return
        }
        #expect(metadata["queue_position"] == nil)
        #expect(metadata["status"] == "complete")
        #expect(metadata["progress"] == 100)
        #expect(metadata["image_url"] == "/a.png")
        #expect(metadata["image_urls"] == ["/a.png", "/b.png"])
        #expect(metadata["prompt"] == "kedi")
    }

    @Test("tells what went wrong, and the pictures that had come")
    func failed() {
        let failure = JobFailure(code: .timedOut, message: "No answer.")
        #expect(
            ImageMessage.errorPatch(failure, imageURLs: [])
                == ["status": "error", "queue_position": nil, "error": "No answer.", "error_code": "timed_out"]
        )
        let partly = ImageMessage.errorPatch(failure, imageURLs: ["/a.png"])
        #expect(partly["image_url"] == "/a.png")
        #expect(partly["image_urls"] == ["/a.png"])
    }

    @Test("has keys that nobody else writes", arguments: ImageMessage.reservedKeys.sorted())
    func reserved(key: String) throws {
        let error = try #require(throws: QueueError.self) {
            try ImageMessage.validate(["client": 1, key: nil])
        }
        #expect(error.code == .reservedKey)
        #expect(error.message.contains(key))
    }

    @Test("leaves the host every other key")
    func free() throws {
        try ImageMessage.validate(["client": 1, "Status": 2, "": nil])
        let written = Set(ImageMessage.completePatch(imageURLs: ["/a.png"]).keys)
            .union(ImageMessage.errorPatch(.cancelled, imageURLs: ["/a.png"]).keys)
            .union(
                ImageMessage.pendingMetadata(
                    job: .make(),
                    position: 1,
                    prompt: "",
                    batch: .make(),
                    retryOf: .make(),
                    parent: ImageParent(job: .make(), number: 0)
                ).keys
            )
        #expect(written == ImageMessage.reservedKeys, "what the queue writes is what is reserved")
    }
}

@Suite("Metadata that could not be read again", .timeLimit(.minutes(1)))
struct UnreadableMetadataTests {
    private func nested(_ levels: Int) -> JSONValue {
        (0..<levels).reduce(JSONValue.integer(1)) { value, level in level.isMultiple(of: 2) ? [value] : ["a": value] }
    }

    @Test("is refused at submit, for a message and for a change", arguments: [65, 512, 3_000])
    func depth(levels: Int) async throws {
        let metadata = ["a": nested(levels)]
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.metadata = metadata
        let error = #expect(throws: QueueError.self) { try submission.validate() }
        #expect(error?.code == .invalidRequest)
        let message = NewMessage(role: .user, content: "kedi", metadata: metadata)
        #expect(throws: QueueError.self) { try message.validate() }
        #expect(throws: QueueError.self) { try ImageMessage.validate(metadata) }
    }

    @Test("64 levels are taken")
    func deepest() throws {
        try ImageMessage.validate(["a": nested(64)])
    }

    @Test("So is a number that is not finite", arguments: [Double.infinity, -.infinity, .nan])
    func number(value: Double) {
        let error = #expect(throws: QueueError.self) { try ImageMessage.validate(["a": ["b": [.number(value)]]]) }
        #expect(error?.code == .invalidRequest)
    }
}
