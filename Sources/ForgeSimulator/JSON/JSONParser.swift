/// What Python's `json` says about a text that is not JSON; FastAPI passes both on in its 422.
struct JSONSyntaxError: Error, Equatable {
    /// For example "Expecting value".
    let message: String
    /// Where, as an offset in bytes (Python counts characters; they differ only after non-ASCII text).
    let offset: Int
}

/// A parser with the words and positions of Python's `json.loads`.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// Objects nest no deeper than this; deeper ones are refused as Python refuses them.
    private static let deepest = 500

    static func parse(_ data: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        let result: Result<JSONValue, JSONSyntaxError> = data.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            do throws(JSONSyntaxError) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ message: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(message: message, offset: offset ?? position)
    }

    private mutating func document() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("Extra data") }
        return value
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw failure("maximum recursion depth exceeded") }
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw failure("Expecting value") }
        for offset in 0..<word.utf8CodeUnitCount where bytes[position + offset] != word.utf8Start[offset] {
            throw failure("Expecting value")
        }
        position = end
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        var object = JSONObject()
        position += 1
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(object)
        }
        while true {
            guard current == UInt8(ascii: "\"") else {
                throw failure("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw failure("Expecting ':' delimiter") }
            position += 1
            skipSpace()
            object[key] = try value(depth: depth + 1)
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
            case UInt8(ascii: "}"):
                position += 1
                return .object(object)
            default: throw failure("Expecting ',' delimiter")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        var items: [JSONValue] = []
        position += 1
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
            case UInt8(ascii: "]"):
                position += 1
                return .array(items)
            default: throw failure("Expecting ',' delimiter")
            }
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        var end = position
        var hasFraction = false
        loop: while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-") where end == start: break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): hasFraction = true
            case UInt8(ascii: "-"), UInt8(ascii: "+"):
                guard hasFraction else { break loop }
            default: break loop
            }
            end += 1
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        let value: JSONValue? = hasFraction ? Double(text).map { .double($0) } : Int128(text).map { .int($0) }
        guard let value else { throw failure("Expecting value", at: start) }
        position = end
        return value
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let opening = position
        position += 1
        var start = position
        var text = ""
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                let tail = String(decoding: bytes[start..<position], as: UTF8.self)
                position += 1
                return text.isEmpty ? tail : text + tail
            }
            if byte == UInt8(ascii: "\\") {
                text += String(decoding: bytes[start..<position], as: UTF8.self)
                position += 1
                text.unicodeScalars.append(try escape(opening: opening))
                start = position
                continue
            }
            guard byte >= 0x20 else { throw failure("Invalid control character at") }
            position += 1
        }
        throw failure("Unterminated string starting at", at: opening)
    }

    private mutating func escape(opening: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let byte = current else { throw failure("Unterminated string starting at", at: opening) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let high = try hexUnit()
            if (0xD800..<0xDC00).contains(high), current == UInt8(ascii: "\\") {
                let before = position
                position += 1
                if current == UInt8(ascii: "u") {
                    position += 1
                    let low = try hexUnit()
                    if (0xDC00..<0xE000).contains(low),
                        let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    {
                        return scalar
                    }
                }
                position = before
            }
            // Python keeps a lone surrogate; a Swift string can't.
            return Unicode.Scalar(high) ?? "\u{FFFD}"
        default: throw failure("Invalid \\escape", at: position - 2)
        }
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("Invalid \\uXXXX escape", at: position - 1) }
        position += 4
        return unit
    }
}
