internal import Floor
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// The realistic job: 600 bytes of request; and the texts that the library writes for it, as the floor writes them.
struct JobTexts: Sendable {
    static let owner = "owner 1"
    static let conversation = "conversation 1"
    static let prompt =
        String(repeating: "a cat that draws itself in the style of an old master, soft light, fine lines, ", count: 5)
    static let negativePrompt =
        String(repeating: "blurry, cropped, text, ", count: 4) + "low contrast, too many paws, noise"

    private var texts: [String] = []
    private var completeMetadata = ""
    private var id = ""
    private var idOffset = 0

    static func request(steps: Int) -> TextToImageRequest {
        var request = TextToImageRequest(prompt: prompt)
        request.negativePrompt = negativePrompt
        request.seed = 4_711
        request.steps = steps
        return request
    }

    static func submission(owner: String = owner, conversation: String = conversation, steps: Int = 28) -> Submission {
        var submission = Submission(request: request(steps: steps))
        submission.owner = Owner(rawValue: owner)
        submission.conversation = ConversationID(rawValue: conversation)
        return submission
    }

    static func image(of lease: Lease) -> GeneratedImage {
        GeneratedImage(
            number: 0,
            attempt: lease.attempt,
            path: "2026/11/25/\(lease.job)-\(lease.attempt)-0.png",
            format: .png,
            width: 1_024,
            height: 1_024,
            byteCount: 1_500_000,
            sha256: String(repeating: "0a1b2c3d", count: 8),
            seed: 4_711,
            prompt: prompt,
            infotext: prompt
        )
    }

    /// Has the library submit and complete one job in a file of its own, and reads what it wrote.
    static func read(in folder: String) async throws -> JobTexts {
        let path = folder + "/texts.db"
        let worker = try await BenchWorker(path: path)
        _ = try await worker.queue.submit(submission())
        let floor = try FloorFile(path)
        func text(_ sql: String) throws -> String {
            guard let text = floor.text(sql) else { throw Failure("the library wrote no \(sql)") }
            return text
        }
        let id = try text("SELECT id FROM jobs")
        let metadata = try text("SELECT extra_metadata FROM messages")
        let pending = [try text("SELECT content FROM messages"), metadata, try text("SELECT request FROM requests")]
        let size = pending[2].utf8.count
        guard (590...610).contains(size) else { throw Failure("a request of \(size) bytes, not of 600") }
        let queuedBody = try text("SELECT body FROM events WHERE kind = 'QUEUED'")
        try await worker.completeOne()
        await worker.close()
        let urls = try text("SELECT json_extract(extra_metadata, '$.image_urls') FROM messages")
        let url = try text("SELECT json_extract(extra_metadata, '$.image_url') FROM messages")
        let patch =
            #"{"image_url":"\#(url)","image_urls":\#(urls),"progress":100,"queue_position":null,"status":"complete"}"#
        var result = JobTexts()
        result.texts =
            [owner, conversation] + pending + [
                queuedBody, try text("SELECT content FROM messages"), patch,
                try text("SELECT body FROM events WHERE kind = 'COMPLETE'"), "-1-0.png",
                try text("SELECT sha256 FROM images"), prompt,
            ]
        result.completeMetadata = try text("SELECT extra_metadata FROM messages")
        result.id = id
        guard let range = metadata.range(of: id) else { throw Failure("no id in the metadata") }
        result.idOffset = metadata.utf8.distance(from: metadata.startIndex, to: range.lowerBound)
        return result
    }

    var request: String { texts[4] }

    enum Part: Int {
        case pendingContent = 2
        case metadata = 3
        case queuedBody = 5
        case completeContent = 6
        case completeBody = 8
        case completeMetadata = 100
    }

    /// A text, cut where the job's id stands first.
    func part(_ part: Part) -> (before: String, after: String) {
        let text = part == .completeMetadata ? completeMetadata : texts[part.rawValue]
        guard let range = text.range(of: id) else { return (text, "") }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    func withTexts<Answer>(_ body: (UnsafePointer<floor_texts>) -> Answer) -> Answer {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let all = copies.map { UnsafePointer($0) }
        var texts = floor_texts(
            owner: all[0],
            conversation: all[1],
            pending_content: all[2],
            metadata: all[3],
            metadata_id_at: Int32(idOffset),
            request: all[4],
            queued_body: all[5],
            complete_content: all[6],
            complete_patch: all[7],
            complete_body: all[8],
            image_path: all[9],
            sha256: all[10],
            prompt: all[11]
        )
        return body(&texts)
    }
}
