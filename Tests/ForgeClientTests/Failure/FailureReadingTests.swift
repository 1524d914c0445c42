import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct FailureReadingTests {
    typealias FailureClass = GenerationError.FailureClass

    @Test(arguments: Recording.every.filter { $0.status > 200 })
    func `Each recorded failure has its class, and one short line`(recording: Recording) {
        let failures = FailureReading(
            address: .usual,
            endpoint: recording.endpoint ?? .progress,
            model: recording.task.request.model
        )
        let error = failures.error(status: recording.status, body: ErrorBody(recording.body))
        #expect(error.failureClass.description == AnswerTable.readings[recording.name], "\(error.message)")
        #expect(error.message.count < 600)
        #expect(error.message.allSatisfy { !$0.isNewline })
    }

    @Test func `A broken checkpoint is the request's fault if the request named it`() {
        let body = ErrorBody(Data(#"{"error":"ValueError","message":"Failed to recognize model type!"}"#.utf8))
        #expect(Samples.failures.error(status: 500, body: body).failureClass == .modelBroken)
        var failures = Samples.failures
        failures.model = "broken"
        #expect(failures.error(status: 500, body: body).failureClass == .rejectedInput)
    }

    @Test(arguments: [
        (301, FailureClass.unavailable), (307, .unavailable), (400, .rejectedInput), (401, .unauthorized),
        (403, .unauthorized), (404, .notReady), (405, .notReady), (408, .timedOut), (413, .rejectedInput),
        (422, .rejectedInput), (429, .notReady), (500, .backendFailed), (501, .backendFailed),
        (502, .connectionLost), (503, .notReady), (504, .connectionLost), (520, .connectionLost),
        (524, .connectionLost), (530, .connectionLost),
    ])
    func `A status alone has its class`(status: Int, expected: FailureClass) {
        for body in ["", "<html><h1>Bad gateway</h1></html>", "{}", "[]", "null", "\u{1}\u{2}"] {
            let error = Samples.failures.error(status: status, body: ErrorBody(Data(body.utf8)))
            #expect(error.failureClass == expected)
            #expect(!error.message.contains("<"))
        }
    }

    @Test func `A proxy that does not reach Forge has lost a drawing, and no try of a question`() {
        let failures = FailureReading(address: .usual, endpoint: .progress)
        #expect(failures.error(status: 504, body: ErrorBody(Data())).failureClass == .connectionLost)
        for status in [502, 521, 523, 530] {
            #expect(failures.error(status: status, body: ErrorBody(Data())).failureClass == .unavailable)
            #expect(Samples.failures.error(status: status, body: ErrorBody(Data())).failureClass == .connectionLost)
        }
    }

    @Test(arguments: [
        "CUDA out of memory. Tried to allocate 20.00 MiB", "HIP out of memory", "[enforce fail] can't allocate memory",
        "Allocation on device 0 would exceed allowed memory",
    ])
    func `Memory that did not suffice is told in many ways`(text: String) throws {
        let body = try JSONSerialization.data(withJSONObject: ["error": "RuntimeError", "message": text])
        #expect(Samples.failures.error(status: 500, body: ErrorBody(body)).failureClass == .outOfMemory)
        let named = Data(#"{"error":"OutOfMemoryError","message":""}"#.utf8)
        #expect(Samples.failures.error(status: 500, body: ErrorBody(named)).failureClass == .outOfMemory)
    }

    @Test(arguments: [
        (#"{"error":"E","detail":"","body":"","message":"m"}"#, "E: m"),
        (#"{"error":"E","detail":"d","body":"","errors":"e"}"#, "E: e"),
        (#"{"error":"E","detail":"","message":""}"#, "E"),
        (#"{"detail":"d"}"#, "d"),
        (
            #"{"detail":[{"loc":["body","width"],"msg":"bad"},{"loc":["body",3],"msg":"worse"}]}"#,
            "width: bad; 3: worse"
        ),
        (#"{"detail":[]}"#, ""), (#"{"detail":[5]}"#, ""), (#"{"detail":5}"#, ""), ("text", "text"),
    ])
    func `The text is found in each shape`(body: String, remark: String) {
        #expect(ErrorBody(Data(body.utf8)).remark == remark)
    }

    @Test func `A picture that a refusal echoes is not repeated`() throws {
        let picture = String(repeating: "iVBORw0KGgo", count: 100_000)
        let complaint: [String: Any] = ["loc": ["body", "init_images"], "msg": "bad \(picture)", "input": picture]
        let body = try JSONSerialization.data(withJSONObject: ["detail": [complaint]])
        let error = Samples.failures.error(status: 422, body: ErrorBody(body))
        #expect(error.message.count < 300)
    }

    @Test func `Messages hold no control characters and end`() {
        #expect(MessageText.clean("a\u{1B}[31mb\r\n\tc\u{202E}d\u{0}") == "a[31mb cd")
        #expect(MessageText.clean(String(repeating: "ab ", count: 1000), limit: 30).count <= 31)
        #expect(MessageText.clean("") == "")
        let marked = "a" + String(repeating: "\u{301}", count: 10_000)
        #expect(MessageText.clean(marked).unicodeScalars.count == 8)
        #expect(MessageText.clean("kedi çiz 🐈‍⬛!").contains("çiz"))
    }

    @Test(arguments: [
        (TransportError.Kind.cannotConnect, FailureClass.unavailable), (.connectionLost, .connectionLost),
        (.timedOut, .timedOut), (.tooLarge, .rejectedInput),
    ])
    func `A broken exchange has its class, and names the place`(kind: TransportError.Kind, expected: FailureClass) {
        let error = Samples.failures.error(TransportError(kind: kind, detail: "x"))
        #expect(error.failureClass == expected)
        #expect(error.message.contains("http://127.0.0.1:7860"))
    }

    @Test func `A question's endless answer says that this is no Forge, not that the request was at fault`() throws {
        let failures = FailureReading(address: try ForgeAddress("http://127.0.0.1:7860"), endpoint: .progress)
        let error = failures.error(TransportError(kind: .tooLarge, detail: "x"))
        #expect(error.failureClass == .malformedAnswer)
    }
}
