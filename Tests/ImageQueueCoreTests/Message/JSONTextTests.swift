import Foundation
import ImageQueueCore
import Testing

@Suite("JSON as text", .timeLimit(.minutes(1)))
struct JSONTextTests {
    private static let values: [JSONValue] = [
        .null, .bool(true), .bool(false), .integer(0), .integer(.min), .integer(.max), .number(0.1), .number(-1e300),
        .number(.leastNonzeroMagnitude), "", "çiz 🐈 \u{2028}",
        .string("\"\\/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}"), [], [:],
        ["b": [1, [2, nil]], "a": ["": "x", "é": false], "\"": 1.5],
    ]

    @Test("What is written is read again, by this reader and by Foundation's", arguments: values)
    func roundTrip(_ value: JSONValue) throws {
        let text = try value.jsonText()
        #expect(try read(text) == value)
        let decoder = JSONDecoder()
        #expect(try decoder.decode(JSONValue.self, from: Data(text.utf8)) == value)
        let encoder = JSONEncoder()
        #expect(try read(String(decoding: encoder.encode(value), as: UTF8.self)) == value)
    }

    @Test(
        "A character that is escaped is found wherever it stands, and no other is",
        arguments: [
            0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF, 0x225C, 0x1F408,
        ]
    )
    func eachPlace(scalar: UInt32) throws {
        let character = try String(#require(UnicodeScalar(scalar)))
        for (before, after) in [("a", "z"), ("é", "\u{9F}"), ("!", "#"), ("\u{1F}", "\"")] {
            for place in 0..<20 {
                let text =
                    String(repeating: before, count: place) + character + String(repeating: after, count: 19 - place)
                let written = try JSONValue.string(text).jsonText()
                #expect(try read(written) == .string(text))
                #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == text)
                let backslashes = text.unicodeScalars.count { $0 == "\\" }
                let others = text.unicodeScalars.count { $0.value < 0x20 || $0 == "\"" }
                #expect(written.unicodeScalars.count { $0 == "\\" } == 2 * backslashes + others)
            }
        }
    }

    @Test("Keys are in order and little is escaped")
    func form() throws {
        let value: JSONValue = ["b": 1, "a": "x/\n\u{1}", "c": [true, nil]]
        #expect(try value.jsonText() == #"{"a":"x/\n\u0001","b":1,"c":[true,null]}"#)
    }

    @Test("An object's text around the value of one key", arguments: ["a", "place", "z"])
    func around(key: String) throws {
        var fields: Metadata = ["a": "x \"place\":1", "m": [1, ["place": 2]], "z": ["place": nil]]
        fields[key] = 41
        let (before, after) = try JSONValue.jsonText(of: fields, around: key)
        #expect(before + "41" + after == (try JSONValue.object(fields).jsonText()))
        #expect(before.hasSuffix("\"\(key)\":"))
        fields[key] = nil
        let whole = try JSONValue.jsonText(of: fields, around: key)
        #expect(whole.before == (try JSONValue.object(fields).jsonText()))
        #expect(whole.after.isEmpty)
    }

    @Test("An object written field by field is what it would be as a value")
    func fieldByField() throws {
        var text = JSONObjectText()
        text.add("a", "x{")
        text.add("b") { text in
            text.add("c", Int64.min)
            text.add("d") { _ in }
        }
        text.add("e", [] as [String])
        text.add("f", ["\"", "ı"])
        let value: JSONValue = ["a": "x{", "b": ["c": .integer(.min), "d": [:]], "e": [], "f": ["\"", "ı"]]
        #expect(text.finish() == (try value.jsonText()))
        #expect(JSONObjectText().finish() == "{}")
    }

    @Test(
        "One text of an object is found without reading the rest",
        arguments: [
            (#"{"prompt":"kedi"}"#, "kedi"),
            (#" { "a" : [ "]" , {"prompt":"no"} ] , "prompt" : "\u0131\"" , 7"#, "ı\""),
            (#"{"a":-1.5e3,"b":null,"c":"\\","d":"\",\"prompt\":\"no","prompt":"çiz"}"#, "çiz"), ("{}", nil),
            (#"{"prompts":"no","promp":"no"}"#, nil), (#"{"prompt":7}"#, nil), (#"{"prompt":null,"caption":"x"}"#, nil),
            (#"{"a":{"prompt":"no"}}"#, nil),
        ] as [(String, String?)]
    )
    func oneText(text: String, found: String?) throws {
        #expect(try prompt(of: text) == found)
    }

    @Test(
        "Where the rest ends before the text is found, it is refused",
        arguments: [
            "", "[]", "{", #"{"a"#, #"{"a":"#, #"{"a":1"#, #"{"a":[1}"#, #"{"a":"\"#, #"{"a":"x\"#, #"{"prompt":"x"#,
            #"{"a" 1}"#,
        ]
    )
    func noText(text: String) {
        #expect(throws: JSONValue.ReadingError.self) { try prompt(of: text) }
    }

    private func prompt(of text: String) throws -> String? {
        try Array(text.utf8).withUnsafeBytes { try JSONValue.text(under: "prompt", of: $0) }
    }

    @Test(
        "Other writers' JSON is read",
        arguments: [
            (" \t\r\n[ 1 , 2 ] ", [1, 2]), (#""é\ud83d\ude00\/""#, "é😀/"), ("1e2", .number(100)), ("-0", 0),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)), (#"{"a":1,"a":2}"#, ["a": 2]),
        ] as [(String, JSONValue)]
    )
    func foreign(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(
        "What is no JSON is refused, as Foundation does",
        arguments: [
            "", " ", "nul", "truex", "[1", "{\"a\"}", "{\"a\":}", "{,}", "{1:2}", "01", "1.", ".5", "+1", "1e",
            "- 1",
            "\"", "\"\n\"", #""\x""#, #""\u12""#, "[] []", "'a'", "NaN",
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONValue.ReadingError.self) { try read(text) }
        #expect(throws: (any Error).self) { try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }
    }

    @Test(
        "A comma with nothing behind it, which Foundation passes over, is refused",
        arguments: ["[1,]", #"{"a":1,}"#]
    )
    func comma(text: String) {
        #expect(throws: JSONValue.ReadingError.self) { try read(text) }
    }

    @Test(
        "What SQLite takes for JSON and Foundation doesn't is read as far as it can be told",
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\ud83dA""#, "\u{FFFD}A"), (#""\udc00\ud83d\n""#, "\u{FFFD}\u{FFFD}\n"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            ("1e999", .number(.greatestFiniteMagnitude)), ("-1e999", .number(-.greatestFiniteMagnitude)),
        ] as [(String, JSONValue)]
    )
    func lenient(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }
    }

    @Test("Bytes that are no UTF-8 are replaced")
    func bytes() throws {
        #expect(try read([0x22, 0x41, 0xFF, 0x22]) == "A\u{FFFD}")
        #expect(try read([0x22, 0xFF, 0x5C, 0x6E, 0x22]) == "\u{FFFD}\n")
    }

    @Test(
        "What is nested deeper than 128 levels is null, and nesting without end is refused",
        arguments: [128, 2_000, 100_000]
    )
    func nested(levels: Int) throws {
        let text = String(repeating: "[", count: levels) + "7" + String(repeating: "]", count: levels)
        var value = try read(text)
        var depth = 0
        while case .array(let inner) = value, let first = inner.first { (value, depth) = (first, depth + 1) }
        #expect(depth == 128)
        #expect(value == (levels == 128 ? 7 : .null))
        #expect(throws: JSONValue.ReadingError.self) { try read(String(text.dropLast())) }
    }

    @Test("A number that is not finite has no text", arguments: [Double.nan, .infinity])
    func notFinite(number: Double) {
        #expect(throws: EncodingError.self) { try JSONValue.number(number).jsonText() }
    }

    private func read(_ text: String) throws -> JSONValue { try read(Array(text.utf8)) }
    private func read(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBytes { try JSONValue(jsonText: $0) }
    }
}
