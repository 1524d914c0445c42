import Foundation
import ImageQueueCore

/// A JSON object that some output held.
struct JSONObject: Sendable {
    let members: Metadata

    init(_ text: String) throws { members = try JSONDecoder().decode(Metadata.self, from: Data(text.utf8)) }

    private init(members: Metadata) { self.members = members }

    subscript(_ key: String) -> JSONValue? { members[key] }

    func string(_ key: String) -> String? { members[key]?.stringValue }

    func integer(_ key: String) -> Int64? { if case .integer(let value)? = members[key] { value } else { nil } }

    func strings(_ key: String) -> [String] {
        if case .array(let values)? = members[key] { values.compactMap(\.stringValue) } else { [] }
    }

    func object(_ key: String) -> JSONObject? {
        if case .object(let members)? = members[key] { JSONObject(members: members) } else { nil }
    }
}
