/// The fields of a JSON object, read one by one: what is missing or `null` is nil, and what has the wrong type an error
/// that names it.
///
/// Requests are written and read with each job, by these few lines instead of by Foundation's coders, which take
/// several times as long; their `Codable` goes this way as well, so that there is one stored form.
struct StoredFields {
    private let fields: Metadata
    private let path: [any CodingKey]

    init(_ fields: Metadata, path: [any CodingKey] = []) {
        self.fields = fields
        self.path = path
    }

    init(from decoder: any Decoder) throws {
        self.init(try Metadata(from: decoder), path: decoder.codingPath)
    }

    /// What must be there.
    func required<Value>(_ key: String, _ read: (String) throws -> Value?) throws -> Value {
        if let value = try read(key) { return value }
        throw DecodingError.keyNotFound(
            Key(stringValue: key),
            .init(codingPath: path, debugDescription: "The field is missing.")
        )
    }

    func string(_ key: String) throws -> String? {
        switch try value(key) {
        case nil: nil
        case .string(let text): text
        case let other?: throw mismatch(String.self, key, other)
        }
    }

    func bool(_ key: String) throws -> Bool? {
        switch try value(key) {
        case nil: nil
        case .bool(let value): value
        case let other?: throw mismatch(Bool.self, key, other)
        }
    }

    func integer(_ key: String) throws -> Int64? {
        switch try value(key) {
        case nil: nil
        case .integer(let value): value
        case .number(let value) where Int64(exactly: value) != nil: Int64(exactly: value)
        case let other?: throw mismatch(Int64.self, key, other)
        }
    }

    func int(_ key: String) throws -> Int? { try integer(key).map(Int.init) }

    func number(_ key: String) throws -> Double? {
        switch try value(key) {
        case nil: nil
        case .integer(let value): Double(value)
        case .number(let value): value
        case let other?: throw mismatch(Double.self, key, other)
        }
    }

    func strings(_ key: String) throws -> [String]? {
        guard let found = try value(key) else { return nil }
        guard case .array(let elements) = found else { throw mismatch([String].self, key, found) }
        return try elements.map { element in
            guard let text = element.stringValue else { throw mismatch(String.self, key, element) }
            return text
        }
    }

    /// One of a closed set of words.
    func word<Value: RawRepresentable<String>>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let text = try string(key) else { return nil }
        if let value = Value(rawValue: text) { return value }
        throw DecodingError.dataCorrupted(
            .init(codingPath: path + [Key(stringValue: key)], debugDescription: "\(text) is none of its words.")
        )
    }

    /// An object within this one.
    func object(_ key: String) throws -> StoredFields? {
        guard let found = try value(key) else { return nil }
        guard case .object(let fields) = found else { throw mismatch(Metadata.self, key, found) }
        return StoredFields(fields, path: path + [Key(stringValue: key)])
    }

    private func value(_ key: String) throws -> JSONValue? {
        let found = fields[key]
        return found == .null ? nil : found
    }

    private func mismatch(_ wanted: any Any.Type, _ key: String, _ found: JSONValue) -> DecodingError {
        .typeMismatch(
            wanted,
            .init(codingPath: path + [Key(stringValue: key)], debugDescription: "\(wanted) was wanted here.")
        )
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension JSONValue {
    /// A number as it is stored: whole ones without a fraction.
    static func stored(_ value: Double) -> JSONValue { Int64(exactly: value).map(JSONValue.integer) ?? .number(value) }
    /// A whole number as it is stored.
    static func stored(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}

extension Metadata {
    /// Writes a field, unless it has its default.
    mutating func put<Field: Equatable>(
        _ key: String,
        _ value: Field,
        unless usual: Field,
        as json: (Field) -> JSONValue
    ) {
        if value != usual { self[key] = json(value) }
    }
}
