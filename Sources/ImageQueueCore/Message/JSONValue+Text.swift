/// JSON as text, a few times faster than Foundation's coders, which every message and event would go through.
extension JSONValue {
    /// The value as JSON text: keys in order, so that equal values are equal texts;
    /// nothing but what must be is escaped.
    ///
    /// - Throws: `EncodingError` for a number that is not finite, which JSON can't say.
    package func jsonText() throws -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        try write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An object's ``jsonText()`` without the value of one of its keys: what stands before that value, and what after
    /// it. All of it stands before where the object has no such key.
    package static func jsonText(
        of fields: Metadata,
        around key: String
    ) throws -> (before: String, after: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        let value = try write(fields, to: &bytes, finding: key) ?? bytes.count..<bytes.count
        return (
            String(decoding: bytes[..<value.lowerBound], as: UTF8.self),
            String(decoding: bytes[value.upperBound...], as: UTF8.self)
        )
    }

    private func write(to bytes: inout [UInt8]) throws {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .number(let value):
            guard value.isFinite else {
                throw EncodingError.invalidValue(
                    value,
                    .init(codingPath: [], debugDescription: "JSON has no \(value).")
                )
            }
            bytes += "\(value)".utf8
        case .string(let value): Self.write(value, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields): try Self.write(fields, to: &bytes)
        }
    }

    /// - Returns: where the value of `wanted` lies.
    @discardableResult
    private static func write(
        _ fields: Metadata,
        to bytes: inout [UInt8],
        finding wanted: String? = nil
    ) throws -> Range<Int>? {
        var found: Range<Int>?
        var separator = UInt8(ascii: "{")
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            bytes.append(separator)
            separator = UInt8(ascii: ",")
            write(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            let start = bytes.count
            try value.write(to: &bytes)
            if key == wanted { found = start..<bytes.count }
        }
        if fields.isEmpty { bytes.append(separator) }
        bytes.append(UInt8(ascii: "}"))
        return found
    }

    fileprivate static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { characters in
            let raw = UnsafeRawBufferPointer(characters)
            var start = 0
            while start < raw.count {
                let end = JSONPlainText.stretch(of: raw, from: start)
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: characters[start..<end]))
                if end < raw.count { bytes += escape(raw[end]) }
                start = end + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\""): Array(#"\""#.utf8)
        case UInt8(ascii: "\\"): Array(#"\\"#.utf8)
        case 0x08: Array(#"\b"#.utf8)
        case 0x09: Array(#"\t"#.utf8)
        case 0x0A: Array(#"\n"#.utf8)
        case 0x0C: Array(#"\f"#.utf8)
        case 0x0D: Array(#"\r"#.utf8)
        default: Array((#"\u00"# + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
        }
    }
}

/// A JSON object as text, written field by field by who knows the order of the keys:
/// without a ``JSONValue`` in between.
package struct JSONObjectText {
    private var bytes: [UInt8]

    /// An object without fields.
    package init() {
        bytes = [UInt8(ascii: "{")]
        bytes.reserveCapacity(512)
    }

    /// The object's text.
    package consuming func finish() -> String {
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds a field; a key is plain ASCII.
    package mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        JSONValue.write(value, to: &bytes)
    }

    /// Adds a field.
    package mutating func add(_ key: StaticString, _ value: some BinaryInteger) {
        begin(key)
        bytes += String(value).utf8
    }

    /// Adds a list of texts.
    package mutating func add(_ key: StaticString, _ values: [String]) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONValue.write(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Adds an object.
    package mutating func add(_ key: StaticString, _ fill: (inout JSONObjectText) -> Void) {
        begin(key)
        bytes.append(UInt8(ascii: "{"))
        fill(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ key: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes += $0 }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
