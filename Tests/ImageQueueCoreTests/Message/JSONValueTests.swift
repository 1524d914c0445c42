import ImageQueueCore
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("JSON values", .timeLimit(.minutes(1)))
struct JSONValueTests {
    /// The examples of RFC 7396, appendix A: original, patch, result.
    static let mergeExamples: [(String, String, String)] = [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        (#"{"a":"foo"}"#, #"null"#, #"null"#),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    static func value(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test("merge as RFC 7396's examples do", arguments: mergeExamples)
    func merges(original: String, patch: String, result: String) throws {
        #expect(try Self.value(original).merging(Self.value(patch)) == Self.value(result))
    }

    @Test("survive being written and read")
    func roundTrip() throws {
        let value: JSONValue = [
            "null": nil, "true": true, "whole": 9_223_372_036_854_775_807, "half": 0.5, "text": "ç\u{0}\"\\",
            "list": [1, [], [:]],
        ]
        let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        #expect(try Self.value(text) == value)
    }

    @Test("keep numbers, booleans and texts apart")
    func kinds() throws {
        #expect(
            try Self.value("[1, 1.5, true, \"1\", 1e20]")
                == .array([.integer(1), .number(1.5), .bool(true), .string("1"), .number(1e20)])
        )
        #expect(JSONValue.string("a").stringValue == "a")
        #expect(JSONValue.integer(1).stringValue == nil)
    }
}
