internal import Foundation
package import ImageQueueCore

/// A JSON object that some output held.
package struct JSONObject: Sendable {
    package let members: Metadata

    package init(_ text: String) throws { members = try JSONDecoder().decode(Metadata.self, from: Data(text.utf8)) }

    private init(members: Metadata) { self.members = members }

    package subscript(_ key: String) -> JSONValue? { members[key] }

    package func string(_ key: String) -> String? { members[key]?.stringValue }

    package func integer(_ key: String) -> Int64? { if case .integer(let value)? = members[key] { value } else { nil } }

    /// A number, with or without a fraction.
    package func number(_ key: String) -> Double? {
        switch members[key] {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package func flag(_ key: String) -> Bool { members[key] == .bool(true) }

    package func strings(_ key: String) -> [String] {
        if case .array(let values)? = members[key] { values.compactMap(\.stringValue) } else { [] }
    }

    package func object(_ key: String) -> JSONObject? {
        if case .object(let members)? = members[key] { JSONObject(members: members) } else { nil }
    }
}
