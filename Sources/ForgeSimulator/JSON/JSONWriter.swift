internal import Foundation
internal import NIOCore

/// Writes JSON as Python's `json.dumps` does.
struct JSONWriter {
    /// How Starlette writes an answer: `separators=(",", ":")`, no escapes beyond the needed ones.
    static let answer = JSONWriter(comma: ",", colon: ":", ascii: false)
    /// How Forge writes `info`: the defaults of `json.dumps`.
    static let pythonDefault = JSONWriter(comma: ", ", colon: ": ", ascii: true)

    let comma: String
    let colon: String
    let ascii: Bool

    func string(_ value: JSONValue) -> String { String(buffer: buffer(value)) }

    func buffer(_ value: JSONValue) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: value.roughSize)
        write(value, to: &buffer)
        return buffer
    }

    private func write(_ value: JSONValue, to buffer: inout ByteBuffer) {
        switch value {
        case .null: buffer.writeStaticString("null")
        case .bool(let flag): buffer.writeString(flag ? "true" : "false")
        case .int(let number): buffer.writeString(number.description)
        case .double(let number): buffer.writeString(number.isFinite ? number.description : "null")
        case .string(let content): writeString(content, to: &buffer)
        case .base64(let file):
            buffer.writeStaticString("\"")
            Base64.write(file, to: &buffer)
            buffer.writeStaticString("\"")
        case .array(let items):
            buffer.writeStaticString("[")
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.writeString(comma) }
                write(item, to: &buffer)
            }
            buffer.writeStaticString("]")
        case .object(let object):
            buffer.writeStaticString("{")
            for (index, member) in object.members.enumerated() {
                if index > 0 { buffer.writeString(comma) }
                writeString(member.key, to: &buffer)
                buffer.writeString(colon)
                write(member.value, to: &buffer)
            }
            buffer.writeStaticString("}")
        }
    }

    private func writeString(_ content: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("\"")
        if content.utf8.allSatisfy({ isPlain($0) }) {
            buffer.writeString(content)
        } else {
            buffer.writeString(escaped(content))
        }
        buffer.writeStaticString("\"")
    }

    private func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && (!ascii || byte <= 0x7E)
    }

    private func escaped(_ content: String) -> String {
        var text = ""
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
        return text
    }
}

extension JSONValue {
    /// About how many bytes it takes, so that the megabytes of pictures are never moved to make room.
    fileprivate var roughSize: Int {
        switch self {
        case .null, .bool, .int, .double: 8
        case .string(let text): text.utf8.count + 64
        case .base64(let file): file.bytes.count / 3 * 4 + (file.padding?.text.readableBytes ?? 0) + 16
        case .array(let items): items.reduce(8) { $0 + $1.roughSize }
        case .object(let object): object.members.reduce(8) { $0 + $1.key.utf8.count + $1.value.roughSize }
        }
    }
}
