/// The type of one field of a request, checked and coerced as pydantic 2.8 does it in its lax mode.
indirect enum FieldType: Sendable {
    case integer, number, string, boolean, list, dictionary
    case literal([Int], expected: String)
    case bounded(FieldType, Bound)
    case optional(FieldType)
}

/// A limit on a number, with the words of pydantic.
enum Bound: Sendable {
    case above(Double), atLeast(Double), atMost(Double)
}

/// One complaint of a 422.
struct ValidationIssue: Sendable, Equatable {
    let type: String
    let location: [JSONValue]
    let message: String
    let input: JSONValue
    var context: JSONValue?
    var hasURL = true

    var json: JSONValue {
        var object: JSONObject = [
            "type": .string(type), "loc": .array(location), "msg": .string(message), "input": input,
        ]
        if let context { object["ctx"] = context }
        if hasURL { object["url"] = .string("https://errors.pydantic.dev/2.8/v/\(type)") }
        return .object(object)
    }
}

/// The fields of a request body in Forge's order, which is also that of the echo in its answer.
struct Schema: Sendable {
    struct Field: Sendable {
        let name: String
        let type: FieldType
        /// `nil` where the field is required. Defaults are echoed unchecked: 0 for a number stays 0, not 0.0.
        let fallback: JSONValue?

        init(_ name: String, _ type: FieldType, _ fallback: JSONValue?) {
            self.name = name
            self.type = type
            self.fallback = fallback
        }
    }

    enum Outcome: Sendable {
        case valid(JSONObject)
        case invalid([ValidationIssue])
    }

    let fields: [Field]

    /// Checks a body: every field is there afterwards, unknown ones are gone.
    func check(_ body: JSONValue) -> Outcome {
        guard case .object(let object) = body else {
            return .invalid([
                ValidationIssue(
                    type: "model_attributes_type",
                    location: ["body"],
                    message: "Input should be a valid dictionary or object to extract fields from",
                    input: body
                )
            ])
        }
        var checked = JSONObject()
        var issues: [ValidationIssue] = []
        for field in fields {
            guard let value = object[field.name] else {
                if let fallback = field.fallback {
                    checked[field.name] = fallback
                } else {
                    issues.append(
                        ValidationIssue(
                            type: "missing",
                            location: ["body", .string(field.name)],
                            message: "Field required",
                            input: body
                        )
                    )
                }
                continue
            }
            switch field.type.coerce(value) {
            case .success(let coerced): checked[field.name] = coerced
            case .failure(let refusal):
                issues.append(
                    ValidationIssue(
                        type: refusal.type,
                        location: ["body", .string(field.name)],
                        message: refusal.message,
                        input: value,
                        context: refusal.context
                    )
                )
            }
        }
        return issues.isEmpty ? .valid(checked) : .invalid(issues)
    }
}
