/// Forge's options: hardly validated, and spoilt for everybody by one bad value (FORGE.md, section 4).
struct OptionStore: Sendable {
    private(set) var values: JSONObject = RecordedData.options.objectValue ?? [:]
    /// What was ever set, in the order of the first time: all that the 500 of a spoilt option shows.
    private var touched: JSONObject = RecordedData.optionsOfExtensions.objectValue ?? [:]

    func has(_ name: String) -> Bool { values[name] != nil }

    subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            values[name] = newValue
            touched[name] = newValue
        }
    }

    /// The answer of `GET /options`: a 500 once a value has the wrong type.
    var response: HTTPResponse {
        let original = RecordedData.options.objectValue ?? [:]
        for member in values.members {
            guard case .string = original[member.key], member.value.stringValue == nil, !member.value.isNull else {
                continue
            }
            let message =
                "1 validation errors:\n  {'type': 'string_type', 'loc': ('response', '\(member.key)'), "
                + "'msg': 'Input should be a valid string', 'input': \(JSONWriter.pythonDefault.string(member.value)), "
                + "'url': 'https://errors.pydantic.dev/2.8/v/string_type'}\n"
            return .exception(ForgeException("ResponseValidationError", message, body: .object(touched)))
        }
        return .json(.object(values))
    }

    /// The file format of pictures, or the exception that every encoding ends with.
    func pictureFormat() throws(ForgeException) -> String {
        switch values["samples_format"] {
        case .string(let format): return format.lowercased()
        case .int: throw ForgeException("AttributeError", "'int' object has no attribute 'lower'")
        case .double: throw ForgeException("AttributeError", "'float' object has no attribute 'lower'")
        case .bool: throw ForgeException("AttributeError", "'bool' object has no attribute 'lower'")
        default: throw ForgeException("AttributeError", "'NoneType' object has no attribute 'lower'")
        }
    }
}
