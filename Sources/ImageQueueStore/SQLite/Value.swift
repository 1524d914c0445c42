/// A value that SQLite can bind: its five storage classes and nothing else.
enum Value: Sendable, Hashable {
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case null

    static func int(_ value: some BinaryInteger) -> Value { .integer(Int64(value)) }
    static func bool(_ value: Bool) -> Value { .integer(value ? 1 : 0) }

    init(_ value: Int64?) { self = value.map(Value.integer) ?? .null }
    init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    init(_ value: Double?) { self = value.map(Value.real) ?? .null }
    init(_ value: String?) { self = value.map(Value.text) ?? .null }
    init(_ value: [UInt8]?) { self = value.map(Value.blob) ?? .null }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }
}
