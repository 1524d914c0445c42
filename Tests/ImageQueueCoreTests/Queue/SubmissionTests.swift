import ImageQueueCore
import ImageQueueTesting
import Testing

@Suite("Submissions", .timeLimit(.minutes(1)))
struct SubmissionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let submission: Submission
        let code: QueueError.Code?
        let word: String

        init(
            _ name: String,
            _ code: QueueError.Code? = nil,
            _ word: String = "",
            change: (inout Submission) -> Void
        ) {
            testDescription = name
            var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
            change(&submission)
            self.submission = submission
            self.code = code
            self.word = word
        }
    }

    static let text255 = String(repeating: "a", count: 255)

    static let picture = file(1)
    static let mask = file(2)
    static let drawnOver = ImageRequest.imageToImage(
        ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: picture.image)
    )

    static func masked(by mask: InputFile) -> ImageRequest {
        var request = ImageToImageRequest(drawing: TextToImageRequest(prompt: "kedi"), image: picture.image)
        request.mask = ImageMask(mask.image)
        return .imageToImage(request)
    }

    private static func file(_ seed: UInt32) -> InputFile {
        do {
            return try InputFile(TinyPNG.bytes(seed: seed))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static let cases: [Case] = [
        Case("the defaults") { _ in },
        Case("a bad request", .invalidRequest, "steps") { $0.request.drawing?.steps = 0 },
        Case("a picture that nobody needs", .invalidRequest, "inputs") { $0.inputs = [picture] },
        Case("the picture that is needed") {
            $0.request = drawnOver
            $0.inputs = [picture]
        },
        Case("a picture that is missing", .invalidRequest, "inputs") { $0.request = drawnOver },
        Case("another picture", .invalidRequest, "inputs") {
            $0.request = drawnOver
            $0.inputs = [mask]
        },
        Case("a picture too many", .invalidRequest, "inputs") {
            $0.request = drawnOver
            $0.inputs = [picture, mask]
        },
        Case("a picture twice", .invalidRequest, "inputs") {
            $0.request = drawnOver
            $0.inputs = [picture, picture]
        },
        Case("a picture that is its own mask") {
            $0.request = masked(by: picture)
            $0.inputs = [picture]
        },
        Case("a picture and its mask") {
            $0.request = masked(by: mask)
            $0.inputs = [mask, picture]
        },
        Case("owner: 255 bytes") { $0.owner = Owner(rawValue: text255) },
        Case("owner: 256 bytes", .invalidRequest, "owner") { $0.owner = Owner(rawValue: text255 + "a") },
        Case("owner: a control character", .invalidRequest, "owner") { $0.owner = Owner(rawValue: "a\nb") },
        Case("conversation: 256 bytes", .invalidRequest, "conversation_id") {
            $0.conversation = ConversationID(rawValue: text255 + "a")
        },
        Case("user message: empty", .invalidRequest, "user message") { $0.userMessage = "" },
        Case("user message: 1 MiB") { $0.userMessage = String(repeating: "a", count: 1_048_576) },
        Case("user message: more", .invalidRequest, "1048576") {
            $0.userMessage = String(repeating: "a", count: 1_048_577)
        },
        Case("key: empty", .invalidRequest, "key") { $0.key = "" },
        Case("key: 255 bytes") { $0.key = text255 },
        Case("key: 256 bytes", .invalidRequest, "key") { $0.key = text255 + "a" },
        Case("key: a control character", .invalidRequest, "key") { $0.key = "a\u{7}" },
        Case("delay: none") { $0.delay = .zero },
        Case("delay: negative", .invalidRequest, "delay") { $0.delay = .milliseconds(-1) },
        Case("delay: a year") { $0.delay = .seconds(365 * 86_400) },
        Case("delay: more", .invalidRequest, "delay") { $0.delay = .seconds(365 * 86_400 + 1) },
        Case("deadline: none", .invalidRequest, "deadline") { $0.deadline = .zero },
        Case("deadline: a millisecond") { $0.deadline = .milliseconds(1) },
        Case("deadline: as long as the delay, which it includes", .invalidRequest, "deadline") {
            $0.delay = .seconds(60)
            $0.deadline = .seconds(60)
        },
        Case("deadline: longer than the delay") {
            $0.delay = .seconds(60)
            $0.deadline = .milliseconds(60_001)
        },
        Case("deadline: more than a year", .invalidRequest, "deadline") { $0.deadline = .seconds(365 * 86_400 + 1) },
        Case("metadata of the host's") { $0.metadata = ["client": "web"] },
        Case("much metadata") { $0.metadata = ["client": .string(String(repeating: "x", count: 65_000))] },
        Case("too much metadata", .invalidRequest, "metadata") {
            $0.metadata = ["client": .string(String(repeating: "x", count: 65_536))]
        },
        Case("too many keys", .invalidRequest, "metadata") { submission in
            for number in 0..<10_000 { submission.metadata["\(number)"] = 1 }
        },
        Case("metadata of the queue's", .reservedKey, "status") { $0.metadata = ["status": "complete"] },
    ]

    @Test("are checked field by field", arguments: cases)
    func validation(example: Case) throws {
        guard let code = example.code else {
            try example.submission.validate()
            return
        }
        let error = try #require(throws: QueueError.self) { try example.submission.validate() }
        #expect(error.code == code)
        #expect(error.message.contains(example.word), "\(error.message)")
    }
}
