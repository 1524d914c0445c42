import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Answers that no Forge should give: none traps or hangs the client, and none is taken for a picture.
@Suite(.timeLimit(.minutes(1)))
struct HostileAnswerTests {
    private static let picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

    /// With a picture that is whole, so that only what is odd about it decides.
    static func answer(info: String) -> String {
        #"{"images":["\#(picture)"],"parameters":{},"info":\#(info)}"#
    }

    static let malformed: [String: Data] = [
        "nothing": Data(),
        "a page": Data("<!doctype html><title>Forge</title>".utf8),
        "NUL": Data([0]),
        "10,000 deep lists": Data(String(repeating: "[", count: 10_000).utf8),
        "10,000 deep lists, closed":
            Data((String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8),
        "10,000 deep objects": Data(String(repeating: #"{"images":"#, count: 10_000).utf8),
        "deep within images":
            Data(
                ("{\"images\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}")
                    .utf8
            ),
        "a number for pictures": Data(#"{"images":1e400}"#.utf8),
        "null for pictures": Data(#"{"images":null,"info":""}"#.utf8),
        "a picture of null": Data(#"{"images":[null]}"#.utf8),
        "no base64": Data(#"{"images":["%%%"]}"#.utf8),
        "base64 of nothing": Data(#"{"images":[""]}"#.utf8),
        "base64 of text": Data(#"{"images":["aGVsbG8="]}"#.utf8),
        "invalid UTF-8 in a picture": Data(#"{"images":[""#.utf8) + Data([0xFF, 0xFE, 0xC0]) + Data(#""]}"#.utf8),
        "half a surrogate": Data(#"{"images":["\ud800"]}"#.utf8),
        "gzip without saying so": (try? Recording.named("11-nowebui/minimal-gzip").body) ?? Data(),
        "two answers": Data((answer(info: #""{}""#) + answer(info: #""{}""#)).utf8),
        "UTF-16": "{\"images\":[".data(using: .utf16) ?? Data(),
    ]

    /// Odd, but the picture is there: it must not be lost to a remark.
    static let odd: [String: Data] = [
        "info of null": Data(answer(info: "null").utf8),
        "info that is no JSON": Data(answer(info: #""{""#).utf8),
        "info nested 10,000 deep":
            Data(answer(info: "\"" + String(repeating: "[", count: 10_000) + "\"").utf8),
        "a seed of 1e400": Data(answer(info: #""{\"seed\": 1e400, \"all_seeds\": [1e400]}""#).utf8),
        "a seed below zero": Data(answer(info: #"{"seed":-2,"all_seeds":[-2]}"#).utf8),
        "numbers beyond all bounds":
            Data(answer(info: #"{"index_of_first_image":-99999999999999999999,"seed":99999999999999999999999}"#).utf8),
        "duplicate keys": Data(#"{"images":["\#(picture)"],"info":"{}","info":"{\"seed\":1,\"seed\":2}"}"#.utf8),
        "infotexts of numbers": Data(answer(info: #"{"infotexts":[1,2]}"#).utf8),
    ]

    @Test(arguments: malformed.keys.sorted())
    func `What is no answer is malformed`(name: String) throws {
        let body = try #require(Self.malformed[name])
        let error = #expect(throws: GenerationError.self) { try Samples.reading().read(body) }
        #expect(error?.failureClass == .malformedAnswer)
        _ = ErrorBody(body)
        for type in [TaskProgress.self, ServerProgress.self, LenientList<ModelEntry>.self] as [any Decodable.Type] {
            #expect(throws: (any Error).self) { try JSONDecoder().decode(type, from: body) }
        }
    }

    @Test(arguments: odd.keys.sorted())
    func `A picture is not lost to an odd remark`(name: String) throws {
        let body = try #require(Self.odd[name])
        let picture = try #require(try Samples.reading().read(body).picture)
        #expect((picture.width, picture.height) == (1, 1))
    }

    /// Cut at each byte of a short answer, and around each place where a long one changes its kind.
    @Test func `What is cut anywhere is malformed`() throws {
        let whole = Data(Self.answer(info: #""{\"seed\": 12}""#).utf8)
        #expect(try Samples.reading().read(whole).picture != nil)
        for count in 0..<whole.count {
            let error = #expect(throws: GenerationError.self) {
                try Samples.reading().read(Data(whole.prefix(count)))
            }
            #expect(error?.failureClass == .malformedAnswer, "cut after \(count)")
        }
        let long = try Recording.named("02-txt2img/batch4").body
        let marks = long.indices.filter { #"{}[],:"\"#.utf8.contains(long[$0]) }
        for mark in Set(marks.flatMap { [$0, $0 + 1] }).union([1, 100, 9_999]) where mark < long.count {
            let error = #expect(throws: GenerationError.self) {
                try Samples.reading().read(Data(long.prefix(mark)))
            }
            #expect(error?.failureClass == .malformedAnswer, "cut after \(mark)")
        }
        for recording in ["03-override-and-zombies/B2-progress-of-failed", "01-get/progress-idle"] {
            let body = try Recording.named(recording).body
            for count in 0..<body.count {
                #expect(throws: (any Error).self) {
                    if recording.hasPrefix("01") {
                        _ = try JSONDecoder().decode(ServerProgress.self, from: Data(body.prefix(count)))
                    } else {
                        _ = try JSONDecoder().decode(TaskProgress.self, from: Data(body.prefix(count)))
                    }
                }
            }
        }
    }

    /// A bit of a picture's file that is wrong is no whole picture, or leaves one of the right size.
    @Test func `A wrong byte in a picture traps nothing`() throws {
        let whole = Data(Self.answer(info: #""{}""#).utf8)
        for place in whole.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var body = whole
                body[place] ^= change
                _ = try? Samples.reading().read(body)
            }
        }
    }

    /// The whole way: each ends, as malformed, or as a lost connection where HTTP itself can't be told.
    @Test func `The same over a real connection ends as it should`() async throws {
        let current = Lock<RecordedAnswer?>(nil)
        let idle = try Recording.named("01-get/progress-idle-skip").answer()
        let unknown = try Recording.named("01-get/internal-progress-unknown").answer()
        try await RecordedForge.withServer { request in
            switch request.path {
            case "/sdapi/v1/progress": idle
            case "/internal/progress": unknown
            default: current.withLock(\.self)
            }
        } body: { port in
            let generator = ForgeGenerator(configuration: try ForgeConfiguration(baseURL: "http://127.0.0.1:\(port)"))
            for (name, body) in Self.malformed {
                let length = RecordedAnswer.Header("content-length", "\(body.count)")
                current.withLock {
                    $0 = RecordedAnswer(status: 200, headers: [length], body: Array(body), pieceSize: 4096)
                }
                let error = await #expect(throws: GenerationError.self) {
                    _ = try await generator.draw(Samples.task()) { _ in }.image()
                }
                #expect(error?.failureClass == .malformedAnswer, "\(name)")
            }
            let heads: [(String, [RecordedAnswer.Header], [UInt8])] = [
                (
                    "gzip that is none", [.init("content-encoding", "gzip"), .init("content-length", "2")],
                    [0x7B, 0x7D]
                ),
                ("a length that is none", [.init("content-length", "-5")], []),
                ("a length beyond all bounds", [.init("content-length", "99999999999999999999999")], [0x7B]),
                ("a chunk that is none", [.init("transfer-encoding", "chunked")], Array("zz\r\n{}".utf8)),
            ]
            for (name, headers, body) in heads {
                current.withLock {
                    $0 = RecordedAnswer(status: 200, headers: headers + [.init("connection", "close")], body: body)
                }
                let error = await #expect(throws: GenerationError.self) {
                    _ = try await generator.draw(Samples.task()) { _ in }.image()
                }
                #expect(
                    [.malformedAnswer, .connectionLost].contains(error?.failureClass),
                    "\(name): \(String(describing: error))"
                )
            }
        }
    }
}
