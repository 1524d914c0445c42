internal import Foundation

/// A number as Forge may write it: an integer beyond `Int64`, a float where an integer is meant, or a string of digits.
enum LenientNumber: Decodable, Sendable, Equatable {
    case unsigned(UInt64)
    case negative(Int64)
    case fraction(Double)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .negative(value)
        } else if let value = try? container.decode(Double.self) {
            self = Self.whole(value)
        } else {
            let text = try container.decode(String.self)
            guard let value = UInt64(text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "Not a number.")
            }
            self = .unsigned(value)
        }
    }

    private static func whole(_ value: Double) -> LenientNumber {
        if let unsigned = UInt64(exactly: value) { return .unsigned(unsigned) }
        if let negative = Int64(exactly: value) { return .negative(negative) }
        return .fraction(value)
    }

    /// As a seed: only what is no negative and no fraction is one.
    var seed: UInt64? {
        if case .unsigned(let value) = self { value } else { nil }
    }

    /// As a count or an index.
    var int: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .negative(let value): Int(exactly: value)
        case .fraction: nil
        }
    }
}

extension KeyedDecodingContainer {
    /// A field that is taken where it can be read: its absence, `null` or another type are all `nil`.
    func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        try? decodeIfPresent(type, forKey: key)
    }
}
