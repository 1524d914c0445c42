/// The members of a JSON object in the order in which they were written.
struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private(set) var members: [(key: String, value: JSONValue)] = []
    private var places: [String: Int] = [:]

    init() {}

    init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    /// Reads a member; assigning `nil` to an unknown key does nothing, to a known one makes it null.
    subscript(key: String) -> JSONValue? {
        get { places[key].map { members[$0].value } }
        set {
            if let place = places[key] {
                members[place].value = newValue ?? .null
            } else if let newValue {
                places[key] = members.count
                members.append((key, newValue))
            }
        }
    }

    mutating func remove(_ key: String) {
        guard places[key] != nil else { return }
        members.removeAll { $0.key == key }
        places = [:]
        for (place, member) in members.enumerated() { places[member.key] = place }
    }

    var keys: [String] { members.map(\.key) }

    static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.members.count == other.members.count
            && zip(one.members, other.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }
}
