import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct JSONTests {
    @Test(arguments: [
        #"{"a":1,"b":1.0,"c":[null,true,false],"d":{"e":"ş"}}"#, "[]", "{}", "18446744073709551615", "-3", "1e-05",
        #""a\"b\\c\nd""#, "null",
    ])
    func survivesARoundTrip(_ text: String) throws {
        #expect(JSONWriter.answer.string(try JSONParser.parse(Array(text.utf8))) == text)
    }

    @Test func writesInfoAsPythonDoes() throws {
        let value: JSONValue = ["a": ["ş", 1], "b": "🐈"]
        #expect(JSONWriter.pythonDefault.string(value) == #"{"a": ["\u015f", 1], "b": "\ud83d\udc08"}"#)
        #expect(try JSONParser.parse(Array(JSONWriter.pythonDefault.string(value).utf8)) == value)
    }

    @Test(arguments: [
        (#"{"prompt": "#, "Expecting value", 11), ("{", "Expecting property name enclosed in double quotes", 1),
        ("[1 2]", "Expecting ',' delimiter", 3), (#"{"a" 1}"#, "Expecting ':' delimiter", 5), ("1 1", "Extra data", 2),
        (#"["a"#, "Unterminated string starting at", 1), ("nul", "Expecting value", 0), ("", "Expecting value", 0),
        ("\"\u{1}\"", "Invalid control character at", 1), (#""\x""#, "Invalid \\escape", 1),
        ("-", "Expecting value", 0),
    ])
    func complainsAsPythonDoes(_ text: String, _ message: String, _ offset: Int) {
        #expect(throws: JSONSyntaxError(message: message, offset: offset)) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test func refusesToNestForEver() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(deep.utf8)) }
    }
}
