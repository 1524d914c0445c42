internal import Foundation

/// Why a value does not fit.
struct Refusal: Error, Equatable {
    let type: String
    let message: String
    var context: JSONValue?
}

extension FieldType {
    /// The value as pydantic would hand it on: "64" becomes 64 for an integer, 5.0 becomes 5, 1 becomes true.
    func coerce(_ value: JSONValue) -> Result<JSONValue, Refusal> {
        switch self {
        case .optional(let type): value.isNull ? .success(.null) : type.coerce(value)
        case .integer: Self.integer(value)
        case .number: Self.number(value)
        case .boolean: Self.boolean(value)
        case .string:
            value.stringValue == nil ? Self.refuse("string_type", "Input should be a valid string") : .success(value)
        case .list:
            value.arrayValue == nil ? Self.refuse("list_type", "Input should be a valid list") : .success(value)
        case .dictionary:
            value.objectValue == nil
                ? Self.refuse("dict_type", "Input should be a valid dictionary") : .success(value)
        case .literal(let allowed, let expected):
            allowed.contains { value == .int(Int128($0)) }
                ? .success(value)
                : Self.refuse("literal_error", "Input should be \(expected)", ["expected": .string(expected)])
        case .bounded(let type, let bound): type.coerce(value).flatMap { bound.check($0) }
        }
    }

    fileprivate static func refuse(
        _ type: String,
        _ message: String,
        _ context: JSONValue? = nil
    ) -> Result<JSONValue, Refusal> {
        .failure(Refusal(type: type, message: message, context: context))
    }

    private static func integer(_ value: JSONValue) -> Result<JSONValue, Refusal> {
        switch value {
        case .int: return .success(value)
        case .bool(let flag): return .success(flag ? 1 : 0)
        case .double(let number):
            guard number == number.rounded(), abs(number) < 1e38 else {
                return refuse(
                    "int_from_float",
                    "Input should be a valid integer, got a number with a fractional part"
                )
            }
            return .success(.int(Int128(number)))
        case .string(let text):
            guard let number = Int128(text.trimmingCharacters(in: .whitespaces)) else {
                return refuse("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
            }
            return .success(.int(number))
        default: return refuse("int_type", "Input should be a valid integer")
        }
    }

    private static func number(_ value: JSONValue) -> Result<JSONValue, Refusal> {
        switch value {
        case .double: return .success(value)
        case .int(let number): return .success(.double(Double(number)))
        case .bool(let flag): return .success(.double(flag ? 1 : 0))
        case .string(let text):
            guard let number = Double(text.trimmingCharacters(in: .whitespaces)) else {
                return refuse("float_parsing", "Input should be a valid number, unable to parse string as a number")
            }
            return .success(.double(number))
        default: return refuse("float_type", "Input should be a valid number")
        }
    }

    /// The words of pydantic, which are also those of a query parameter.
    static func boolean(_ value: JSONValue) -> Result<JSONValue, Refusal> {
        let word: String
        switch value {
        case .bool: return .success(value)
        case .int(let number): word = number.description
        case .double(let number): word = number == 1 ? "1" : number == 0 ? "0" : "no boolean"
        case .string(let text): word = text.lowercased()
        default: return refuse("bool_type", "Input should be a valid boolean")
        }
        switch word {
        case "1", "true", "t", "yes", "y", "on": return .success(true)
        case "0", "false", "f", "no", "n", "off": return .success(false)
        default:
            return refuse("bool_parsing", "Input should be a valid boolean, unable to interpret input")
        }
    }
}

extension Bound {
    fileprivate func check(_ value: JSONValue) -> Result<JSONValue, Refusal> {
        guard let number = value.doubleValue else { return .success(value) }
        switch self {
        case .above(let limit) where number <= limit:
            return FieldType.refuse(
                "greater_than",
                "Input should be greater than \(Self.words(limit))",
                ["gt": Self.json(limit, value)]
            )
        case .atLeast(let limit) where number < limit:
            return FieldType.refuse(
                "greater_than_equal",
                "Input should be greater than or equal to \(Self.words(limit))",
                ["ge": Self.json(limit, value)]
            )
        case .atMost(let limit) where number > limit:
            return FieldType.refuse(
                "less_than_equal",
                "Input should be less than or equal to \(Self.words(limit))",
                ["le": Self.json(limit, value)]
            )
        default: return .success(value)
        }
    }

    /// A limit has the type of its field: 1 for an integer, 0.0 for a number.
    private static func json(_ limit: Double, _ value: JSONValue) -> JSONValue {
        value.intValue == nil ? .double(limit) : .int(Int128(limit))
    }

    private static func words(_ limit: Double) -> String { Int(limit).description }
}
