/// Reading JSON text that is stored, perhaps by other programs.
extension JSONValue {
    /// Why a text is no JSON.
    package struct ReadingError: Error, CustomStringConvertible {
        /// In bytes.
        package let offset: Int
        package var description: String { "The text is no JSON at byte \(offset)." }
    }

    /// Reads one value of JSON (RFC 8259), with blanks around it and nothing else.
    /// Of two equal keys the last one counts.
    ///
    /// What has the form of JSON is read, for SQLite lets any program store it: half a surrogate pair (a text that was
    /// cut in the middle of an emoji) and bytes that are no UTF-8 are U+FFFD, a number out of range is the greatest
    /// one, and what is nested deeper than 128 levels is null. The text ends at a NUL that follows the value,
    /// as it does for SQLite.
    package init(jsonText bytes: UnsafeRawBufferPointer) throws(ReadingError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.wholeValue()
    }

    /// The text under a key of a JSON object, without keeping what stands before it, and without reading what follows.
    ///
    /// - Returns: nil where the key holds no text.
    /// - Throws: where there is no object, or no end to what stands before. Other faults of that are passed over.
    package static func text(
        under key: StaticString,
        of bytes: UnsafeRawBufferPointer
    ) throws(ReadingError) -> String? {
        var reader = JSONReader(bytes: bytes)
        return try reader.text(under: key)
    }
}

private struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private var depth = 0

    /// Twice as deep as what the queue itself takes. Each level takes more than a kilobyte of the thread's stack, and
    /// what is read has to be written by `JSONEncoder` as well, which ends at 512 levels.
    private static let depthLimit = 128

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func wholeValue() throws(JSONValue.ReadingError) -> JSONValue {
        let value = try value()
        skipBlanks()
        guard next == nil || next == 0 else { throw problem }
        return value
    }

    mutating func text(under wanted: StaticString) throws(JSONValue.ReadingError) -> String? {
        skipBlanks()
        guard take(UInt8(ascii: "{")) else { throw problem }
        skipBlanks()
        if take(UInt8(ascii: "}")) { return nil }
        repeat {
            skipBlanks()
            let start = place + 1
            try skipString()
            let key = UnsafeRawBufferPointer(rebasing: bytes[start..<place - 1])
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem }
            skipBlanks()
            if wanted.withUTF8Buffer({ $0.elementsEqual(key) }) {
                return next == UInt8(ascii: "\"") ? try string() : nil
            }
            try skipValue()
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw problem }
        return nil
    }

    /// To where the value that comes next ends: a comma or a bracket outside it.
    private mutating func skipValue() throws(JSONValue.ReadingError) {
        var depth = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                try skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { return }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            place += 1
        }
        throw problem
    }

    private mutating func skipString() throws(JSONValue.ReadingError) {
        guard take(UInt8(ascii: "\"")) else { throw problem }
        while true {
            place = JSONPlainText.stretch(of: bytes, from: place)
            guard let byte = next, byte >= 0x20 else { throw problem }
            place += 1
            if byte == UInt8(ascii: "\"") { return }
            // What is escaped is no end.
            guard place < bytes.count else { throw problem }
            place += 1
        }
    }

    private var problem: JSONValue.ReadingError { JSONValue.ReadingError(offset: place) }
    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    /// Takes this byte if it comes next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    private mutating func value() throws(JSONValue.ReadingError) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try nested { reader throws(JSONValue.ReadingError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONValue.ReadingError) in try reader.array() }
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(JSONValue.ReadingError) -> JSONValue
    ) throws(JSONValue.ReadingError) -> JSONValue {
        guard depth < Self.depthLimit else {
            try skipValue()
            return .null
        }
        depth += 1
        place += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONValue.ReadingError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[index]) else { throw problem }
        }
        return value
    }

    private mutating func object() throws(JSONValue.ReadingError) -> JSONValue {
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([:]) }
        // Room for what most whole texts have: to grow step by step would hash each key again.
        // Objects within are small.
        var fields = [String: JSONValue](minimumCapacity: depth == 1 ? 12 : 1)
        repeat {
            skipBlanks()
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem }
            fields[key] = try value()
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw problem }
        return .object(fields)
    }

    private mutating func array() throws(JSONValue.ReadingError) -> JSONValue {
        var values: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array(values) }
        repeat {
            values.append(try value())
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw problem }
        return .array(values)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(JSONValue.ReadingError) -> JSONValue {
        let start = place
        _ = take(UInt8(ascii: "-"))
        let isZero = next == UInt8(ascii: "0")
        let digits = try digits()
        guard !isZero || digits == 1 else { throw problem }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            _ = try self.digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            _ = try self.digits()
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text) else { throw problem }
        return .number(number.clamped(to: -.greatestFiniteMagnitude ... .greatestFiniteMagnitude))
    }

    private mutating func digits() throws(JSONValue.ReadingError) -> Int {
        let start = place
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
        guard place > start else { throw problem }
        return place - start
    }

    private mutating func string() throws(JSONValue.ReadingError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw problem }
        let start = place
        place = JSONPlainText.stretch(of: bytes, from: start)
        if next == UInt8(ascii: "\"") {
            defer { place += 1 }
            let characters = UnsafeRawBufferPointer(rebasing: bytes[start..<place])
            return String(decoding: characters, as: UTF8.self)
        }
        var characters = Array(bytes[start..<place])
        while let byte = next, byte >= 0x20 {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: characters, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &characters)
            default: characters.append(byte)
            }
        }
        throw problem
    }

    private mutating func escape(into characters: inout [UInt8]) throws(JSONValue.ReadingError) {
        guard let byte = next else { throw problem }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): characters.append(byte)
        case UInt8(ascii: "b"): characters.append(0x08)
        case UInt8(ascii: "f"): characters.append(0x0C)
        case UInt8(ascii: "n"): characters.append(0x0A)
        case UInt8(ascii: "r"): characters.append(0x0D)
        case UInt8(ascii: "t"): characters.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try hexadecimal()]
            if UTF16.isLeadSurrogate(units[0]), let trail = trailSurrogate() { units.append(trail) }
            characters += String(decoding: units, as: UTF16.self).utf8
        default: throw problem
        }
    }

    /// The other half of a pair, if it comes next.
    private mutating func trailSurrogate() -> UInt16? {
        let start = place
        if take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            if let unit = try? hexadecimal(), UTF16.isTrailSurrogate(unit) { return unit }
        }
        place = start
        return nil
    }

    private mutating func hexadecimal() throws(JSONValue.ReadingError) -> UInt16 {
        guard place + 4 <= bytes.count else { throw problem }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(bytes[place])).hexDigitValue, bytes[place] < 0x80 else {
                throw problem
            }
            value = value << 4 | UInt16(digit)
            place += 1
        }
        return value
    }
}
