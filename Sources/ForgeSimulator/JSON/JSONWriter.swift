import Foundation

/// Writes JSON as Python's `json.dumps` does.
struct JSONWriter {
    /// How Starlette writes an answer: `separators=(",", ":")`, no escapes beyond the needed ones.
    static let answer = JSONWriter(comma: ",", colon: ":", ascii: false)
    /// How Forge writes `info`: the defaults of `json.dumps`.
    static let pythonDefault = JSONWriter(comma: ", ", colon: ": ", ascii: true)

    let comma: String
    let colon: String
    let ascii: Bool

    func string(_ value: JSONValue) -> String {
        var text = ""
        write(value, to: &text)
        return text
    }

    private func write(_ value: JSONValue, to text: inout String) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += number.description
        case .double(let number): text += number.isFinite ? number.description : "null"
        case .string(let content): writeString(content, to: &text)
        case .plain(let content):
            text += "\""
            text += content
            text += "\""
        case .array(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += comma }
                write(item, to: &text)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { text += comma }
                writeString(member.key, to: &text)
                text += colon
                write(member.value, to: &text)
            }
            text += "}"
        }
    }

    private func writeString(_ content: String, to text: inout String) {
        text += "\""
        for scalar in content.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{C}": text += "\\f"
            case _ where scalar.value < 0x20 || (ascii && scalar.value > 0x7E):
                for unit in String(scalar).utf16 { text += String(format: "\\u%04x", Int(unit)) }
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
