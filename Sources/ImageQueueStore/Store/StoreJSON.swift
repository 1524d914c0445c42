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

    /// What a message's host has stored. The table's own check lets nothing else in than JSON objects, but SQLite
    /// from 3.42 on takes JSON5 for JSON: of that nothing is told, and it is no reason not to draw a job.
    static func hostsMetadata(_ row: borrowing Row, _ column: Int) -> Metadata { (try? metadata(row, column)) ?? [:] }

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
            throw JobRow.damaged("a \(type)", error)
        }
    }
}
