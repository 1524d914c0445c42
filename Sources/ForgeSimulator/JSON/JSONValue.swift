/// A JSON value that keeps what Forge's own Python keeps: the order of keys and the difference between 7 and 7.0.
///
/// Foundation's coders lose both, and the recorded answers show both.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// An integer within `Int64`, or above it within `UInt64` (seeds).
    case int(Int128)
    case double(Double)
    case string(String)
    /// A file, which is written as its base64.
    case base64(PictureFile)
    case array([JSONValue])
    case object(JSONObject)

    var stringValue: String? {
        switch self {
        case .string(let text): text
        case .base64(let file): Base64.text(file)
        default: nil
        }
    }

    var intValue: Int128? {
        if case .int(let value) = self { value } else { nil }
    }

    /// The integer as far as it can be reckoned with: nobody draws a billion of anything.
    var boundedInt: Int? { intValue.map { Int(min(max($0, -1_000_000_000), 1_000_000_000)) } }

    /// The number, where it is one.
    var finiteValue: Double? { doubleValue.flatMap { $0.isFinite ? $0 : nil } }

    /// The number as a `Double`, be it written with a fraction or without.
    var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    var isNull: Bool { self == .null }

    subscript(key: String) -> JSONValue? { objectValue?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .int(Int128(value)) }
    init(floatLiteral value: Double) { self = .double(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }

    init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    init(_ value: Int) { self = .int(Int128(value)) }
}
