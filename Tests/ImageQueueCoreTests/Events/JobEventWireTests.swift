import Foundation
import ImageQueueCore
import Testing

@Suite("The wire form of events", .timeLimit(.minutes(1)))
struct JobEventWireTests {
    private static let job = JobID("01890000-0000-7000-8000-00000000000a") ?? .make()

    private static func event(_ kind: JobEvent.Kind, _ change: (inout JobEvent) -> Void = { _ in }) -> JobEvent {
        var event = JobEvent(
            kind: kind,
            isFinal: kind == .complete || kind == .error,
            cursor: EventCursor(log: "1f3a", sequence: 17),
            at: Date(timeIntervalSince1970: 1_795_521_600.25),
            jobID: job,
            messageID: MessageID(rawValue: 101),
            conversation: ConversationID(rawValue: "c1"),
            owner: Owner(rawValue: "ada"),
            attempt: 1
        )
        change(&event)
        return event
    }

    private static let head =
        #""at":"2026-11-24T12:00:00.250Z","attempt":1,"conversation_id":"c1","cursor":"1f3a-17","#

    struct Golden: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let event: JobEvent
        let text: String

        init(_ name: String, _ event: JobEvent, _ text: String) {
            testDescription = name
            self.event = event
            self.text = text
        }
    }

    static let goldens: [Golden] = [
        Golden(
            "QUEUED",
            event(.queued) {
                $0.attempt = 0
                $0.status = "queued"
                $0.progress = 0
                $0.position = 2
                $0.estimated = .milliseconds(12_340)
                $0.prompt = "kedi çiz"
            },
            #"{"at":"2026-11-24T12:00:00.250Z","attempt":0,"conversation_id":"c1","cursor":"1f3a-17","#
                + #""estimated_seconds":12.3,"event":"QUEUED","final":false,"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","message_id":101,"owner":"ada","#
                + #""progress":0,"prompt":"kedi çiz","queue_position":2,"seq":17,"status":"queued","#
                + #""type":"image_progress"}"#
        ),
        Golden(
            "PROGRESS with the pictures that are stored so far",
            event(.progress) {
                $0.status = "processing"
                $0.progress = 42
                $0.estimated = .seconds(4)
                $0.prompt = "قطة على السطح"
                $0.imageURLs = ["/images/a.png", "/images/b.png"]
            },
            "{" + head
                + #""estimated_seconds":4,"event":"PROGRESS","final":false,"#
                + #""image_url":"/images/a.png","image_urls":["/images/a.png","/images/b.png"],"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","message_id":101,"owner":"ada","#
                + #""progress":42,"prompt":"قطة على السطح","seq":17,"status":"processing","type":"image_progress"}"#
        ),
        Golden(
            "PROGRESS of a new place",
            event(.progress) {
                $0.status = "queued"
                $0.position = 1
            },
            "{" + head
                + #""event":"PROGRESS","final":false,"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","message_id":101,"owner":"ada","#
                + #""queue_position":1,"seq":17,"status":"queued","type":"image_progress"}"#
        ),
        Golden(
            "COMPLETE",
            event(.complete) {
                $0.status = "complete"
                $0.progress = 100
                $0.imageURLs = ["/images/a.png"]
            },
            "{" + head
                + #""event":"COMPLETE","final":true,"image_url":"/images/a.png","image_urls":["/images/a.png"],"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","message_id":101,"owner":"ada","#
                + #""progress":100,"seq":17,"status":"complete","type":"image_progress"}"#
        ),
        Golden(
            "ERROR",
            event(.error) {
                $0.status = "error"
                $0.failure = .cancelled
            },
            "{" + head
                + #""error":"Cancelled.","error_code":"cancelled","event":"ERROR","final":true,"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","message_id":101,"owner":"ada","#
                + #""seq":17,"status":"error","type":"image_progress"}"#
        ),
        Golden(
            "ERROR about no job, of nobody and no conversation",
            JobEvent(
                kind: .error,
                isFinal: false,
                cursor: EventCursor(log: "1f3a", sequence: 17),
                at: Date(timeIntervalSince1970: 1_795_521_600.25),
                jobID: nil,
                failure: JobFailure(code: .callbackFailed, message: "The callback x threw.")
            ),
            #"{"at":"2026-11-24T12:00:00.250Z","cursor":"1f3a-17","error":"The callback x threw.","#
                + #""error_code":"callback_failed","event":"ERROR","final":false,"seq":17,"type":"image_progress"}"#
        ),
        Golden(
            "RESET",
            JobEvent(
                kind: .reset,
                isFinal: false,
                cursor: EventCursor(log: "1f3a", sequence: 0),
                at: Date(timeIntervalSince1970: 1_795_521_600),
                jobID: nil
            ),
            #"{"at":"2026-11-24T12:00:00.000Z","cursor":"1f3a-0","event":"RESET","final":false,"seq":0,"#
                + #""type":"image_progress"}"#
        ),
        Golden(
            "of nobody, with nothing that could be left out",
            JobEvent(
                kind: .queued,
                isFinal: false,
                cursor: EventCursor(log: "1f3a", sequence: 17),
                at: Date(timeIntervalSince1970: 1_795_521_600),
                jobID: job
            ),
            #"{"at":"2026-11-24T12:00:00.000Z","attempt":0,"cursor":"1f3a-17","event":"QUEUED","final":false,"#
                + #""job_id":"01890000-0000-7000-8000-00000000000a","seq":17,"type":"image_progress"}"#
        ),
    ]

    private func wire(_ event: JobEvent) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }

    @Test("is this text, field by field", arguments: goldens)
    func golden(_ golden: Golden) throws {
        #expect(try wire(golden.event) == golden.text)
    }

    @Test(
        "quotes the prompt's first 100 characters, none of them cut",
        arguments: [
            (String(repeating: "👩‍👩‍👧‍👦", count: 150), String(repeating: "👩‍👩‍👧‍👦", count: 100)),
            (String(repeating: "é", count: 101), String(repeating: "é", count: 100)),
            (String(repeating: "ש", count: 100), String(repeating: "ש", count: 100)),
            ("🇹🇷🇹🇷", "🇹🇷🇹🇷"),
        ]
    )
    func excerpt(prompt: String, wanted: String) throws {
        var job = Job(
            id: Self.job,
            messageID: MessageID(rawValue: 1),
            conversation: .none,
            owner: .nobody,
            state: .queued,
            priority: .normal,
            request: .textToImage(TextToImageRequest(prompt: prompt)),
            createdAt: .distantPast
        )
        job.position = 3
        let event = JobEvent(snapshotOf: job, cursor: EventCursor(log: "a", sequence: 0))
        let fields = try JSONDecoder().decode(Metadata.self, from: Data(try wire(event).utf8))
        #expect(fields["prompt"] == .string(wanted))
        #expect(fields["queue_position"] == 3)
    }

    @Test("A job that waits again tells no progress: it would fall within its attempt")
    func waitsAgain() {
        #expect(JobState.queued.loggedPercent(attempt: 0) == 0)
        #expect(JobState.queued.loggedPercent(attempt: 1) == nil)
        #expect(JobState.complete.loggedPercent(attempt: 1) == 100)
        #expect(JobState.cancelled.loggedPercent(attempt: 1) == nil)
    }
}
