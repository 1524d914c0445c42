internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// JSON as columns hold it: keys in order, so that equal values are equal texts.
enum StoreJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A JSON object by its own way, which is the fastest.
    static func text(_ object: Metadata) throws -> String { try JSONValue.object(object).jsonText() }

    /// The JSON object in a column, read where it lies.
    static func metadata(_ row: borrowing Row, _ column: Int) throws -> Metadata {
        try row.withBytes(column) { bytes in
            guard case .object(let object)? = try? JSONValue(jsonText: bytes) else {
                throw JobRow.damaged("metadata")
            }
            return object
        }
    }

    /// The text under a key of the JSON object in a column.
    static func text(under key: StaticString, _ row: borrowing Row, _ column: Int) throws -> String? {
        try row.withBytes(column) { bytes in
            do {
                return try JSONValue.text(under: key, of: bytes)
            } catch {
                throw JobRow.damaged("a request")
            }
        }
    }

    static func value<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw unreadable(type, error)
        }
    }

    static func unreadable(_ type: any Any.Type, _ cause: any Error) -> QueueError {
        QueueError(
            code: .storeUnavailable,
            message: "The database holds a \(type) that this version can't read.",
            cause: cause
        )
    }
}
